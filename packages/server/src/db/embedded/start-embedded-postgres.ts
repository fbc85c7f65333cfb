import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, open, readFile, realpath, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { DatabaseLog } from '../log.ts'
import { databaseAccount, openPath } from './account.ts'
import { prepareBinaries } from './binaries.ts'
import { choosePort, plainEnvironment, prepareData, readPassword, superuser } from './data-folder.ts'
import { binariesUnusable, folderFailure, passwordRefused, startFailure } from './failures.ts'
import { withLaunchLock } from './launch-lock.ts'
import { clearAfterCrash, findPostmaster, type Postmaster, stopPostmaster, worksIn } from './postmaster.ts'

export interface EmbeddedPostgres {
  /** Holds the password: never logged, never an argument. */
  connectionString: string
  port: number
  pid: number
  /** It had outlived its Node (or belongs to another one of this machine) and was taken over as it runs. */
  adopted: boolean
  /** Ends it in good order; it is left running when this is not called. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  dataDir: string
  log: DatabaseLog
  /** Added to PostgreSQL's own; tests turn `fsync` off. */
  settings?: Record<string, string>
  /** Folder of the package with the binaries; the installed one. */
  packageDir?: string
}

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // Server, pools of several workers and a doctor side by side; each one needs about 40.
  max_connections: '120',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  fsync: 'on',
  synchronous_commit: 'on',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Statements may hold what people wrote; the error itself says enough.
  log_min_error_statement: 'panic',
}

/** Recovery after a crash reads the whole write-ahead log (at most some hundred megabytes). */
const readyWithinMs = 300_000
const largestLogBytes = 10 * 1024 * 1024

/**
 * Starts the PostgreSQL of a data folder, or takes over the one that runs there. Safe to call by several
 * processes at once: they end up on the same server. It outlives this process.
 *
 * `<dataDir>/database` holds `data`, `password` (0600), `port`, `postgres.log`. Failures: `data-folder-not-writable`,
 * `database-folder-unreachable`, `database-disk-full`, `database-version`, `database-binaries-missing`,
 * `database-binaries-unusable`, `database-password`, `database-start-failed`.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const folder = join(options.dataDir, 'database')
  try {
    await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return await withLaunchLock(folder, () => start(options, folder))
  } catch (error) {
    throw folderFailure(error, options.dataDir)
  }
}

async function start(options: EmbeddedOptions, folder: string, tries = 3): Promise<EmbeddedPostgres> {
  const account = await databaseAccount(join(folder, 'data'), options.log)
  await openPath(account, options.dataDir, folder)
  const password = await readPassword(folder)
  const known = await realpath(join(folder, 'data')).catch(() => undefined)
  const running = known && (await findPostmaster(known))
  if (running) return adopt(options, folder, running, password)

  const binaries = await prepareBinaries({ ...options, account })
  const data = await prepareData({ folder, binaries, account, password })
  const starting = await clearAfterCrash(data)
  if (starting) return adopt(options, folder, starting, password)
  const port = await choosePort(folder)
  const log = await openLog(join(folder, 'postgres.log'))
  const args = ['-D', data, '-p', String(port)]
  for (const [name, value] of Object.entries({ ...settings, ...options.settings })) {
    args.push('-c', `${name}=${value}`)
  }
  // A session of its own: Ctrl-C in a terminal and the end of this process do not reach it.
  const child = spawn(binaries.postgres, args, {
    ...account.ids,
    cwd: data,
    env: plainEnvironment,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  const ended = endOf(child)
  await log.close()
  child.unref()
  const asking = new AbortController()
  const answered = ready({ pid: child.pid ?? 0, port }, password, folder, asking.signal)
  const end = await Promise.race([ended, answered]).finally(() => asking.abort())
  if (end === 'ready' && child.pid !== undefined) {
    await createDatabase(port, password)
    return handle({ pid: child.pid, port }, data, password, false)
  }
  if (end instanceof Error) throw binariesUnusable(binaries.postgres, end)
  const output = await logSince(join(folder, 'postgres.log'), log.sizeBytes)
  // Somebody took the port between our look and PostgreSQL's: the next look finds another one.
  if (/could not bind/.test(output) && tries > 1) return start(options, folder, tries - 1)
  throw startFailure(folder, output)
}

async function adopt(
  options: EmbeddedOptions,
  folder: string,
  server: Postmaster,
  password: string,
): Promise<EmbeddedPostgres> {
  const data = await realpath(join(folder, 'data'))
  const asking = new AbortController()
  const end = await Promise.race([
    ready(server, password, folder, asking.signal),
    waitUntilGone(server.pid, data, asking.signal),
  ]).finally(() => asking.abort())
  if (end === 'gone') return start(options, folder)
  options.log.info(`took over PostgreSQL (process ${server.pid}, port ${server.port}), which was running`)
  await createDatabase(server.port, password)
  return handle(server, data, password, true)
}

function handle(server: Postmaster, data: string, password: string, adopted: boolean): EmbeddedPostgres {
  return {
    connectionString: `postgres://${superuser}:${password}@127.0.0.1:${server.port}/${superuser}`,
    port: server.port,
    pid: server.pid,
    adopted,
    stop: () => stopPostmaster(data, server.pid),
  }
}

/** Resolves when the server takes our password; fails when it takes another, or after 5 minutes. */
async function ready(
  server: Postmaster,
  password: string,
  folder: string,
  signal: AbortSignal,
): Promise<'ready' | 'given up'> {
  const deadline = Date.now() + readyWithinMs
  while (!signal.aborted) {
    const error = await connectOnce(server.port, password)
    if (error === undefined) return 'ready'
    const refused = 'code' in error && (error.code === '28P01' || error.code === '28000')
    if (refused) throw passwordRefused(folder, error)
    if (Date.now() > deadline) throw startFailure(folder, `It does not answer: ${error.message}`)
    await sleep(20)
  }
  return 'given up'
}

async function connectOnce(port: number, password: string): Promise<Error | undefined> {
  const client = new pg.Client({ ...login(port, password), connectionTimeoutMillis: 5000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  } finally {
    await client.end().catch(() => {})
  }
}

function login(port: number, password: string) {
  return { host: '127.0.0.1', port, user: superuser, password, database: 'postgres' }
}

async function createDatabase(port: number, password: string): Promise<void> {
  const client = new pg.Client(login(port, password))
  // A server that is killed between two statements says so by an event: unheard, it would end this process.
  client.on('error', () => {})
  await client.connect()
  try {
    const there = await client.query('select from pg_database where datname = $1', [superuser])
    if (there.rowCount === 0) await client.query(`create database ${superuser}`)
  } finally {
    await client.end()
  }
}

function endOf(child: ChildProcess): Promise<'ended' | Error> {
  return new Promise((resolve) => {
    child.on('error', resolve)
    child.on('exit', () => resolve('ended'))
  })
}

async function waitUntilGone(pid: number, data: string, signal: AbortSignal): Promise<'gone'> {
  while (!signal.aborted && (await worksIn(pid, data))) await sleep(50)
  return 'gone'
}

/** Opened by us, so that the server can write it and nobody else can read it; a large one makes room first. */
async function openLog(path: string): Promise<{ fd: number; sizeBytes: number; close(): Promise<void> }> {
  const old = await stat(path).catch(() => undefined)
  if (old && old.size > largestLogBytes) await rename(path, `${path}.1`)
  const file = await open(path, 'a', 0o600)
  const { size } = await file.stat()
  return { fd: file.fd, sizeBytes: size, close: () => file.close() }
}

async function logSince(path: string, offset: number): Promise<string> {
  return (await readFile(path)).subarray(offset).toString()
}
