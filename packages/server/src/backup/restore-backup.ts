import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Failure } from '@signalbox/core/base/failure.ts'
import pg from 'pg'
import {
  contentCounts,
  copiedTables,
  copyIn,
  dropEverything,
  emptyTables,
  otherSessions,
  setSequences,
} from '../db/copy-tables.ts'
import { migrateTo } from '../db/migrate.ts'
import { makeRepository } from '../forge/local/copy-repository.ts'
import type { LocalForge } from '../forge/local/create-local-forge.ts'
import { type ArchiveSource, readParts } from './archive-reader.ts'
import { mayBeRestored, occupants } from './data-files.ts'
import type { Manifest } from './format.ts'

/** Stands in the data folder from before the first change to after the last one of a restore. */
export const restoreMarker = 'restore-under-way.json'

/** Whether a restore of this folder was broken off; the archive that it read. */
export async function brokenRestore(dataDir: string): Promise<string | undefined> {
  const text = await readFile(join(dataDir, restoreMarker), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const marker: unknown = JSON.parse(text)
  return typeof marker === 'object' && marker !== null && 'archive' in marker ? String(marker.archive) : '?'
}

/** What a restore would overwrite, for people; empty when nothing. */
export async function wouldBeLost(connectionString: string, dataDir: string | undefined): Promise<string[]> {
  const lost: string[] = []
  const counts = await withClient(connectionString, contentCounts)
  if (counts.projects > 0 || counts.runs > 0) {
    lost.push(
      `${counts.projects} projects, ${counts.changes} changes and ${counts.runs} runs of the database`,
    )
  }
  if (counts.otherTables > 0) lost.push(`${counts.otherTables} tables of the database that are not ours`)
  // PostgreSQL's own folder is judged by what the database holds.
  const names = dataDir === undefined ? [] : (await occupants(dataDir)).filter((name) => name !== 'database')
  if (names.length > 0) lost.push(`in ${dataDir}: ${names.join(', ')}`)
  return lost
}

/**
 * Puts an archive, verified before, into a data folder and a database of nobody. Whoever is broken off leaves the
 * marker, by which the next start is refused and the next restore begins anew. The rows come last, in one
 * transaction.
 */
export async function restoreBackup(input: {
  source: ArchiveSource
  manifest: Manifest
  connectionString: string
  dataDir: string
  forge: LocalForge
  say(text: string): void
}): Promise<void> {
  const { source, manifest, connectionString, dataDir, say } = input
  const marker = join(dataDir, restoreMarker)
  await writeFile(marker, JSON.stringify({ archive: source.path }), { mode: 0o600 })
  for (const name of await occupants(dataDir)) {
    if (name !== 'database') await rm(join(dataDir, name), { recursive: true, force: true })
  }
  await mkdir(join(dataDir, 'repositories'), { recursive: true, mode: 0o700 })
  await restoreFiles(input)
  say(`Files         ${manifest.files.length}`)
  say(`Repositories  ${manifest.repositories.length}`)
  await importDatabase({ source, manifest, connectionString, say })
}

/** After everything else that a restore does. */
export async function endRestore(dataDir: string): Promise<void> {
  await rm(join(dataDir, restoreMarker), { force: true })
}

/** A Failure `database-in-use` when a server or a worker of Signalbox is connected. */
export async function refuseUsedDatabase(connectionString: string): Promise<void> {
  const others = await withClient(connectionString, otherSessions)
  if (others.length === 0) return
  throw new Failure('database-in-use', `That database is in use by ${others.join(' and ')}.`, {
    hint: 'Stop Signalbox on every machine that uses it, then try again.',
  })
}

async function restoreFiles(input: Parameters<typeof restoreBackup>[0]): Promise<void> {
  const { manifest, dataDir, forge } = input
  const files = new Map(manifest.files.map((file) => [file.part, file]))
  const repositories = new Map(manifest.repositories.map((one) => [one.part, one]))
  for (const one of manifest.repositories) {
    if (one.objects === 0) await makeRepository(forge, forge.gitDir(one.projectId), one, undefined)
  }
  const empty = new Set(manifest.parts.filter((part) => part.bytes === 0).map((part) => part.name))
  for (const file of manifest.files) if (empty.has(file.part)) await writeWhole(dataDir, file, [])
  for await (const { name, data } of readParts(input.source)) {
    const file = files.get(name)
    const repository = repositories.get(name)
    if (file) await writeWhole(dataDir, file, data)
    else if (repository && repository.objects > 0) {
      await makeRepository(forge, forge.gitDir(repository.projectId), repository, data)
    }
  }
}

/**
 * The archive may be a stranger's: no path of it leads out of the data folder, nor to what is run or read there as
 * ours alone, such as the settings of PostgreSQL and git.
 */
async function writeWhole(
  dataDir: string,
  file: { path: string; mode: number },
  data: AsyncIterable<Buffer> | Buffer[],
): Promise<void> {
  const plain = normalize(file.path)
  if (isAbsolute(plain) || plain.startsWith('..') || plain.includes('\0')) {
    throw new Failure('backup-damaged', `The archive holds a file that leads out of the data folder.`)
  }
  if (!mayBeRestored(plain)) {
    throw new Failure(
      'backup-damaged',
      `The archive holds ${plain.slice(0, 100)}, which no backup of ours has.`,
    )
  }
  const path = join(dataDir, plain)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.restoring`
  await pipeline(data, createWriteStream(draft, { mode: file.mode & 0o777, flush: true }))
  await rename(draft, path)
}

/**
 * Takes the rows of an archive into an empty database: the schema by our migrations as they were then, the rows in
 * one transaction, then the migrations since. `database-newer` when the archive is of a later version.
 */
export async function importDatabase(input: {
  source: ArchiveSource
  manifest: Manifest
  connectionString: string
  say(text: string): void
}): Promise<void> {
  const { source, manifest, connectionString, say } = input
  await withClient(connectionString, dropEverything)
  await migrateTo(connectionString, manifest.migrations)
  const rows = await withClient(connectionString, async (client) => {
    await client.query('begin')
    const tables = new Map((await copiedTables(client)).map((table) => [table.name, table]))
    await emptyTables(client, [...tables.keys()])
    const parts = new Map(manifest.tables.map((table) => [table.part, table]))
    let total = 0
    // The archive has them in an order in which none refers to a later one.
    for await (const { name, data } of readParts(source)) {
      const copied = parts.get(name)
      if (!copied) continue
      if (!tables.has(copied.name)) throw new Error(`the schema has no table ${copied.name}`)
      const into = copyIn(client, copied)
      await pipeline(data, into)
      if (into.rowCount !== copied.rows)
        throw new Error(`${copied.name}: ${into.rowCount} of ${copied.rows} rows`)
      total += into.rowCount
    }
    await setSequences(client, manifest.sequences)
    await client.query('commit')
    return total
  })
  say(`Database      ${manifest.tables.length} tables, ${rows} rows`)
}

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, application_name: 'signalbox-restore' })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}
