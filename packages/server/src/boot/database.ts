import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Config } from '../config.ts'
import { folderFailure } from '../db/embedded/failures.ts'
import { startEmbeddedPostgres } from '../db/embedded/start-embedded-postgres.ts'
import type { DatabaseLog } from '../db/log.ts'
import { checkExternalDatabase } from './external-database.ts'

/** Where the database is, who keeps it, and how to end it. */
export interface OpenedDatabase {
  connectionString: string
  kind: 'embedded' | 'external'
  /** The embedded server's process; undefined for an external one. */
  pid: number | undefined
  /** It ran before this process: it outlived the start that made it, or is an external one. */
  adopted: boolean
  stop(): Promise<void>
}

/** The external database when the environment names one, else the embedded one, started or taken over. */
export async function openDatabase(config: Config, log: DatabaseLog): Promise<OpenedDatabase> {
  if (config.databaseUrl) {
    await checkExternalDatabase(config.databaseUrl, config.databaseConnectTimeoutMs)
    const { databaseUrl: connectionString } = config
    return { connectionString, kind: 'external', pid: undefined, adopted: true, stop: async () => {} }
  }
  await mkdir(config.dataDir, { recursive: true, mode: 0o711 }).catch((error: unknown) => {
    throw folderFailure(error, config.dataDir)
  })
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log })
  return {
    connectionString: embedded.connectionString,
    kind: 'embedded',
    pid: embedded.pid,
    adopted: embedded.adopted,
    stop: embedded.stop,
  }
}

/** For a process beside `signalbox up` on the same machine: the database that runs there. */
export async function runningDatabase(config: Config): Promise<string> {
  if (config.databaseUrl) {
    // `up` has looked already; a child of it must start while the database is away, and wait for it.
    if (process.env['SIGNALBOX_CHILD'] !== '1') {
      await checkExternalDatabase(config.databaseUrl, config.databaseConnectTimeoutMs)
    }
    return config.databaseUrl
  }
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
