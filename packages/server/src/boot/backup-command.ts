import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Failure } from '@signalbox/core/base/failure.ts'
import { stopIngress } from '@signalbox/engine/deploy/ingress/ensure.ts'
import { verifyArchive } from '../backup/archive-reader.ts'
import type { Manifest } from '../backup/format.ts'
import { makeBackup, megabytes } from '../backup/make-backup.ts'
import {
  brokenRestore,
  endRestore,
  importDatabase,
  refuseUsedDatabase,
  restoreBackup,
  wouldBeLost,
} from '../backup/restore-backup.ts'
import type { Config } from '../config.ts'
import { connectDatabase } from '../db/connect.ts'
import { migrateDatabase, refuseUnknown } from '../db/migrate.ts'
import { settleAfterRestore } from '../flows/after-restore.ts'
import { createLocalForge } from '../forge/local/create-local-forge.ts'
import { createS3Blobs } from '../storage/s3/create-s3-blobs.ts'
import { blobsLeftBehind, refuseLostBlobs } from './backup-blobs.ts'
import { prepareDataFolder } from './before-start.ts'
import { holdDataFolder } from './data-folder.ts'
import { type OpenedDatabase, openDatabase } from './database.ts'
import { version } from './paths.ts'
import { stopAllReleases } from './stop-releases.ts'

const usages = {
  backup: 'signalbox backup FILE|FOLDER [--passphrase-file FILE]',
  restore: 'signalbox restore FILE [--passphrase-file FILE] [--force] [--without-blobs]',
  'db export': 'signalbox db export FILE|FOLDER [--passphrase-file FILE]',
  'db import': 'signalbox db import FILE [--passphrase-file FILE] [--force]',
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** `signalbox backup`: everything in one archive, while work goes on. Prints its path. */
export async function backupCommand(config: Config, args: string[]): Promise<void> {
  await writeArchive(config, args, 'backup')
}

/** `signalbox db export`: the rows alone, to be read by `db import` into another PostgreSQL. */
export async function exportCommand(config: Config, args: string[]): Promise<void> {
  await writeArchive(config, args, 'db export')
}

async function writeArchive(config: Config, args: string[], verb: 'backup' | 'db export'): Promise<void> {
  const { path: given, passphrase } = await readArguments(args, verb)
  const now = new Date()
  const path = await archivePath(given, verb, now)
  await withDatabase(config, async ({ connectionString }) => {
    const whole = verb === 'backup'
    const blobs = whole ? await blobsLeftBehind(bucketOf(config), say) : undefined
    const result = await makeBackup({
      path,
      passphrase,
      connectionString,
      dataDir: whole ? config.dataDir : undefined,
      forge: whole ? await createLocalForge({ dataDir: config.dataDir }) : undefined,
      ...(blobs ? { blobs } : {}),
      version,
      now,
      say,
    })
    say(`Written       ${megabytes(result.sizeBytes)}, readable only by you`)
    if (passphrase === undefined) {
      say(
        'NOT sealed: whoever can read this file has everything in it, keys too. --passphrase-file seals it.',
      )
    }
    process.stdout.write(`${path}\n`)
  })
}

/** `signalbox restore`: an archive of `backup` into an empty data folder and database. */
export async function restoreCommand(config: Config, args: string[]): Promise<void> {
  const { path, passphrase, force, without } = await readArguments(args, 'restore')
  const source = { path: resolve(path), passphrase }
  const manifest = await verified(source)
  if (manifest.holds !== 'everything') {
    throw new Failure('usage', 'This archive holds a database alone.', {
      hint: `Use: ${usages['db import']}`,
    })
  }
  await refuseLostBlobs(manifest, bucketOf(config), { without, say })
  await prepareDataFolder(config)
  const release = await holdDataFolder(config.dataDir)
  try {
    await withDatabase(config, async (database) => {
      await refuseUsedDatabase(database.connectionString)
      const broken = await brokenRestore(config.dataDir)
      if (broken !== undefined) say(`A restore of ${broken} was broken off here; beginning anew.`)
      else await mayOverwrite(database.connectionString, config.dataDir, force)
      if (force) await endServing(config, database.connectionString)
      const forge = await createLocalForge({ dataDir: config.dataDir })
      const { connectionString } = database
      await restoreBackup({ source, manifest, connectionString, dataDir: config.dataDir, forge, say })
      await settle(connectionString)
      await endRestore(config.dataDir)
    })
  } finally {
    await release()
  }
  say('Restored. "signalbox up" starts it.')
}

/** `signalbox db import`: the rows of an archive of either kind into an empty database. */
export async function importCommand(config: Config, args: string[]): Promise<void> {
  const { path, passphrase, force } = await readArguments(args, 'db import')
  const source = { path: resolve(path), passphrase }
  const manifest = await verified(source)
  await withDatabase(config, async ({ connectionString }) => {
    await refuseUsedDatabase(connectionString)
    await mayOverwrite(connectionString, undefined, force)
    await importDatabase({ source, manifest, connectionString, say })
    const connection = connectDatabase({ connectionString, max: 2, applicationName: 'signalbox-migrate' })
    await migrateDatabase(connection.db).finally(() => connection.close())
  })
  say('Imported.')
}

function bucketOf(config: Config) {
  return config.s3 && createS3Blobs(config.s3)
}

async function verified(source: { path: string; passphrase: string | undefined }): Promise<Manifest> {
  const manifest = await verifyArchive(source)
  refuseUnknown(manifest.migrations)
  say(`Whole         ${source.path}, of ${manifest.madeAt}, made by Signalbox ${manifest.version}`)
  return manifest
}

async function mayOverwrite(
  connectionString: string,
  dataDir: string | undefined,
  force: boolean,
): Promise<void> {
  const lost = await wouldBeLost(connectionString, dataDir)
  if (lost.length === 0) return
  const what = lost.map((text) => `  ${text}`).join('\n')
  if (force) return say(`Deleted by --force:\n${what}`)
  throw new Failure('restore-not-empty', `This would delete:\n${what}`, {
    hint: 'Name another data folder (SIGNALBOX_DATA_DIR) or database, or say --force to delete it.',
  })
}

/** What a killed `up` left serving stands in the way of another data folder's content. */
async function endServing(config: Config, connectionString: string): Promise<void> {
  await stopAllReleases(config, connectionString).catch(() => [])
  await stopIngress({ dataDir: config.dataDir }).catch(() => {})
}

async function settle(connectionString: string): Promise<void> {
  const connection = connectDatabase({ connectionString, max: 2, applicationName: 'signalbox-restore' })
  try {
    await migrateDatabase(connection.db)
    const { redeployed, ended, signedOut } = await settleAfterRestore(connection.db, new Date())
    if (redeployed.length > 0) say(`Will be deployed again at the start: ${redeployed.join(', ')}`)
    if (ended > 0) say(`${ended} deployments that were under way are over: they did not come along.`)
    say(`Sessions      ${signedOut} ended, and every unused link: "signalbox open" signs you in`)
    say('API tokens    as at the time of the backup: revoke again what was revoked since')
  } finally {
    await connection.close()
  }
}

async function withDatabase(
  config: Config,
  work: (database: OpenedDatabase) => Promise<void>,
): Promise<void> {
  const database = await openDatabase(config, { info: () => {}, warn: say })
  try {
    await work(database)
  } finally {
    // Started only for this: it must not stay behind, as nobody would end it.
    if (!database.adopted) await database.stop()
  }
}

async function readArguments(args: string[], verb: keyof typeof usages) {
  const usage = usages[verb]
  const parsed = parse(args, usage)
  const [path, ...more] = parsed.positionals
  if (!path || more.length > 0) throw new Failure('usage', `Name one file. Usage: ${usage}`)
  const file = parsed.values['passphrase-file']
  const passphrase = file === undefined ? undefined : (await readPassphrase(file)).trimEnd()
  if (passphrase !== undefined && passphrase.length < 8) {
    throw new Failure('usage', 'The passphrase is shorter than 8 characters.')
  }
  return {
    path,
    passphrase,
    force: parsed.values.force ?? false,
    without: parsed.values['without-blobs'] ?? false,
  }
}

function parse(args: string[], usage: string) {
  try {
    const options = {
      'passphrase-file': { type: 'string' },
      force: { type: 'boolean' },
      'without-blobs': { type: 'boolean' },
    } as const
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new Failure('usage', `${error instanceof Error ? error.message : error} Usage: ${usage}`)
  }
}

async function readPassphrase(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Failure('usage', `The passphrase file ${file} cannot be read.`, { cause })
  })
}

/** In a folder the archive has the time in its name. */
async function archivePath(given: string, verb: string, now: Date): Promise<string> {
  const path = resolve(given)
  const info = await stat(path).catch(() => undefined)
  if (!info?.isDirectory()) return path
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
  return join(path, `signalbox-${verb === 'backup' ? 'backup' : 'database'}-${time}.tar`)
}
