import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Config } from '../config.ts'
import { startEmbeddedPostgres } from '../db/embedded/start-embedded-postgres.ts'
import type { DatabaseLog } from '../db/log.ts'

/** Where the database is, who keeps it, and how to end it. */
export interface OpenedDatabase {
  connectionString: string
  kind: 'embedded' | 'external'
  /** The embedded server's process; undefined for an external one. */
  pid: number | undefined
  stop(): Promise<void>
}

/** The external database when DATABASE_URL names one, else the embedded one, started or taken over. */
export async function openDatabase(config: Config, log: DatabaseLog): Promise<OpenedDatabase> {
  if (config.databaseUrl) {
    return { connectionString: config.databaseUrl, kind: 'external', pid: undefined, stop: async () => {} }
  }
  await mkdir(config.dataDir, { recursive: true, mode: 0o711 })
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log })
  return {
    connectionString: embedded.connectionString,
    kind: 'embedded',
    pid: embedded.pid,
    stop: embedded.stop,
  }
}

/** For a process beside `signalbox up` on the same machine: the database that runs there. */
export async function runningDatabase(config: Config): Promise<string> {
  if (config.databaseUrl) return config.databaseUrl
  const folder = join(config.dataDir, 'database')
  try {
    const password = (await readFile(join(folder, 'password'), 'utf8')).trim()
    const port = (await readFile(join(folder, 'port'), 'utf8')).trim()
    return `postgres://signalbox:${encodeURIComponent(password)}@127.0.0.1:${port}/signalbox`
  } catch (error) {
    throw new Failure('no-database', `No database of Signalbox is kept in ${config.dataDir}.`, {
      hint: 'Run "signalbox up" first, or name a database with DATABASE_URL.',
      cause: error,
    })
  }
}
