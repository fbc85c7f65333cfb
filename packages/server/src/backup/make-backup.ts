import { Failure } from '@signalbox/core/base/failure.ts'
import pg from 'pg'
import {
  beginSnapshot,
  copiedTables,
  copyOut,
  holdWriters,
  migrationNames,
  sequenceValues,
} from '../db/copy-tables.ts'
import { listObjects, packObjects, type RepositoryRefs, readRefs } from '../forge/local/copy-repository.ts'
import type { LocalForge } from '../forge/local/create-local-forge.ts'
import { ArchiveWriter } from './archive-writer.ts'
import { dataFiles, leftOutWords, readDataFile } from './data-files.ts'
import type { Manifest } from './format.ts'

/** What `makeBackup` works on. */
export interface BackupInput {
  path: string
  passphrase: string | undefined
  connectionString: string
  /** Undefined: the database alone. */
  dataDir: string | undefined
  forge: LocalForge | undefined
  /** Where blobs are that no file of the data folder holds. */
  blobs?: Manifest['blobs']
  version: string
  now: Date
  say(text: string): void
}

/** What a backup came to. */
export interface BackupResult {
  sizeBytes: number
  rows: number
  repositories: number
  files: number
}

type Draft = Omit<Manifest, 'parts'>

/**
 * Copies everything into one archive while work goes on. For an instant writers are held: the view of the database
 * and the refs of all repositories are of that instant, so that the archive is what a crash at it would have left,
 * and every start can go on from that. Objects and files are copied afterwards: there may be more of them, never
 * fewer. A failure leaves no file.
 */
export async function makeBackup(input: BackupInput): Promise<BackupResult> {
  const client = new pg.Client({
    connectionString: input.connectionString,
    application_name: 'signalbox-backup',
  })
  client.on('error', () => {})
  await client.connect()
  const archive = await ArchiveWriter.create(input.path, input.passphrase).catch(async (error: unknown) => {
    await client.end()
    throw archiveFailure(error, input.path)
  })
  try {
    const start = await atOneInstant(client, input)
    const draft: Draft = {
      version: input.version,
      madeAt: input.now.toISOString(),
      holds: input.dataDir === undefined ? 'database' : 'everything',
      databaseVersion: start.databaseVersion,
      migrations: await migrationNames(client),
      ...(await copyDatabase(client, archive, input)),
      repositories: await copyRepositories(start.refs, archive, input),
      files: await copyFiles(archive, input),
      ...(input.blobs ? { blobs: input.blobs } : {}),
      leftOut: leftOutOf(input),
    }
    const sizeBytes = await archive.finish(draft)
    const rows = draft.tables.reduce((sum, table) => sum + table.rows, 0)
    return { sizeBytes, rows, repositories: draft.repositories.length, files: draft.files.length }
  } catch (error) {
    await archive.abandon()
    throw archiveFailure(error, input.path)
  } finally {
    await client.end().catch(() => {})
  }
}

function leftOutOf({ dataDir, blobs }: BackupInput): string[] {
  if (dataDir === undefined) return []
  return blobs ? [...leftOutWords, `the blobs in the ${blobs.store} (logs, artifacts)`] : leftOutWords
}

async function atOneInstant(
  client: pg.Client,
  input: BackupInput,
): Promise<{ databaseVersion: string; refs: Map<string, RepositoryRefs> }> {
  const holder = new pg.Client({
    connectionString: input.connectionString,
    application_name: 'signalbox-backup',
  })
  holder.on('error', () => {})
  await holder.connect()
  try {
    const release = await holdWriters(holder, await copiedTables(holder))
    const { databaseVersion, projects } = await beginSnapshot(client)
    const refs = new Map<string, RepositoryRefs>()
    const { forge } = input
    if (forge) {
      // A dozen at a time: each is one short process, and everybody waits.
      for (let at = 0; at < projects.length; at += 12) {
        const some = projects.slice(at, at + 12)
        const read = await Promise.all(some.map((id) => readRefs(forge.runGit, forge.gitDir(id))))
        for (const [index, id] of some.entries()) if (read[index]) refs.set(id, read[index])
      }
    }
    await release()
    return { databaseVersion, refs }
  } finally {
    await holder.end().catch(() => {})
  }
}

async function copyDatabase(
  client: pg.Client,
  archive: ArchiveWriter,
  { say }: BackupInput,
): Promise<Pick<Draft, 'tables' | 'sequences'>> {
  const tables: Draft['tables'] = []
  let bytes = 0
  for (const table of await copiedTables(client)) {
    const rows = copyOut(client, table)
    const part = await archive.part(`database/${table.name}`, 'table', rows)
    bytes += part.bytes
    tables.push({ ...table, part: part.name, rows: rows.rowCount })
  }
  const total = tables.reduce((sum, table) => sum + table.rows, 0)
  say(`Database      ${tables.length} tables, ${total} rows, ${megabytes(bytes)}`)
  return { tables, sequences: await sequenceValues(client) }
}

async function copyRepositories(
  all: Map<string, RepositoryRefs>,
  archive: ArchiveWriter,
  { forge, say }: BackupInput,
): Promise<Draft['repositories']> {
  const done: Draft['repositories'] = []
  if (!forge) return done
  let bytes = 0
  for (const [projectId, refs] of all) {
    // A repack may take away what was listed a moment ago; its objects are in the next list again.
    for (let tries = 1; ; tries += 1) {
      try {
        const gitDir = forge.gitDir(projectId)
        const list = await listObjects(forge.runGit, gitDir)
        const objects = list.length === 0 ? 0 : list.toString('latin1').trimEnd().split('\n').length
        const name = `repositories/${projectId}.${tries}`
        const part = await archive.part(name, 'repository', packObjects(forge.emptyHome, gitDir, list))
        bytes += part.bytes
        done.push({ projectId, part: part.name, ...refs, objects })
        break
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== 'git-failed' || tries >= 3) throw error
      }
    }
  }
  say(`Repositories  ${done.length}, ${megabytes(bytes)}`)
  return done
}

async function copyFiles(archive: ArchiveWriter, { dataDir, say }: BackupInput): Promise<Draft['files']> {
  const done: Draft['files'] = []
  if (dataDir === undefined) return done
  let bytes = 0
  for (const [index, file] of (await dataFiles(dataDir)).entries()) {
    const data = await readDataFile(dataDir, file.path)
    if (!data) continue
    const part = await archive.part(`files/${index}`, 'file', data)
    bytes += part.bytes
    done.push({ ...file, part: part.name })
  }
  say(`Files         ${done.length}, ${megabytes(bytes)}`)
  return done
}

/** For people. */
export function megabytes(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`
}

function archiveFailure(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Failure('backup-disk-full', `There is no space left for ${path}.`, {
      hint: 'Nothing was kept of it. Write the backup to another disk, or make room.',
      cause: error,
    })
  }
  if (code === 'EACCES' || code === 'ENOENT' || code === 'EROFS' || code === 'EISDIR') {
    return new Failure('usage', `${path} cannot be written.`, {
      hint: 'Name a file in a folder that is there.',
      cause: error,
    })
  }
  return error
}
