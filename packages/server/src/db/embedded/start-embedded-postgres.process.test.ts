import { spawn } from 'node:child_process'
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog } from '../log.ts'
import { binariesPackage } from './binaries.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './start-embedded-postgres.ts'

const isRoot = process.getuid?.() === 0
const module = new URL('./start-embedded-postgres.ts', import.meta.url).href

let root: string
let dataDir: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-embedded-'))
  await chmod(root, 0o755)
  dataDir = join(root, 'data')
})
const started = new Set<EmbeddedPostgres>()
afterEach(async () => {
  for (const server of started) await server.stop().catch(() => {})
  started.clear()
  await rm(root, { recursive: true, force: true })
})

async function start(options: { packageDir?: string } = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, log: silentLog, ...options })
  started.add(server)
  return server
}

async function query(connectionString: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

/** Another Node that starts the server, says so and stays. */
async function startInChild(ids: { uid?: number; gid?: number } = {}) {
  const code = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(module)})
    const log = { info() {}, warn() {} }
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log })
    console.log(JSON.stringify({ pid: server.pid, adopted: server.adopted, url: server.connectionString }))
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    ...ids,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (part: Buffer) => resolve(part.toString()))
    child.once('exit', (code) => reject(new Error(`the child ended with ${code}`)))
  })
  const server: { pid: number; adopted: boolean; url: string } = JSON.parse(said)
  async function kill(): Promise<void> {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
  return { ...server, kill }
}

test('makes the database with a password that only we can read and nobody can see', async () => {
  const server = await start()
  expect(server.adopted).toBe(false)
  const password = new URL(server.connectionString).password
  expect(password.length).toBeGreaterThan(40)
  const file = await stat(join(dataDir, 'database', 'password'))
  expect([file.mode & 0o777, file.uid]).toEqual([0o600, process.getuid?.()])
  expect(await readFile(`/proc/${server.pid}/cmdline`, 'utf8')).not.toContain(password)
  expect(await readFile(`/proc/${server.pid}/environ`, 'utf8')).not.toContain(password)
  const wrong = server.connectionString.replace(password, 'guessed')
  const [setting] = await query(server.connectionString, 'show max_connections')
  expect(setting).toEqual({ max_connections: '120' })
  await expect(query(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' })
  const [settings] = await query(
    server.connectionString,
    `select current_setting('listen_addresses') as addresses, current_setting('fsync') as fsync,
      current_setting('server_encoding') as encoding, current_setting('password_encryption') as method`,
  )
  expect(settings).toEqual({ addresses: '127.0.0.1', fsync: 'on', encoding: 'UTF8', method: 'scram-sha-256' })
  if (isRoot) expect((await stat(`/proc/${server.pid}`)).uid).not.toBe(0)
})

test('a server outlives its killed Node and is taken over as it runs', async () => {
  const child = await startInChild()
  await query(child.url, 'create table kept as select 42 as answer')
  await child.kill()
  const server = await start()
  expect(server).toMatchObject({ adopted: true, pid: child.pid, connectionString: child.url })
  expect(await query(server.connectionString, 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('a killed server comes back on its port with everything that was committed', async () => {
  const first = await start()
  await query(first.connectionString, 'create table kept as select 42 as answer')
  const busy = query(first.connectionString, 'select pg_sleep(600)').catch((error: unknown) => error)
  process.kill(first.pid, 'SIGKILL')
  await busy
  const second = await start()
  expect(second).toMatchObject({ adopted: false, connectionString: first.connectionString })
  expect(await query(second.connectionString, 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('a pid file whose number belongs to another process is no server', async () => {
  const first = await start()
  const file = join(dataDir, 'database', 'data', 'postmaster.pid')
  const lines = (await readFile(file, 'utf8')).split('\n')
  await first.stop()
  await writeFile(file, [process.pid, ...lines.slice(1)].join('\n'))
  const second = await start()
  expect(second.adopted).toBe(false)
  expect(await query(second.connectionString, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('processes that start at once share one server', async () => {
  const servers = await Promise.all([start(), start(), start()])
  expect(new Set(servers.map((server) => server.pid)).size).toBe(1)
  expect(servers.filter((server) => !server.adopted)).toHaveLength(1)
})

/** The package as npm leaves it when install scripts are blocked: no symlinks. */
async function packageWithoutSymlinks(): Promise<string> {
  const from = binariesPackage()
  const to = join(root, 'package')
  await cp(from, to, {
    recursive: true,
    filter: async (path) => !(await lstat(path)).isSymbolicLink(),
  })
  return to
}

test('makes the symlinks that a blocked install script left out', async () => {
  const packageDir = await packageWithoutSymlinks()
  const server = await start({ packageDir })
  expect(await query(server.connectionString, 'select 1 as one')).toEqual([{ one: 1 }])
  expect((await lstat(join(packageDir, 'native/lib/libicui18n.so.60'))).isSymbolicLink()).toBe(true)
})

test.runIf(isRoot)('copies binaries that the database’s account cannot reach', async () => {
  const packageDir = await packageWithoutSymlinks()
  await chmod(packageDir, 0o700)
  const server = await start({ packageDir })
  expect(await query(server.connectionString, 'select 1 as one')).toEqual([{ one: 1 }])
  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8'))
  expect((await stat(join(dataDir, `postgres-bin-${version}`, 'native/bin/postgres'))).isFile()).toBe(true)
})

test.runIf(isRoot)('an ordinary user runs it as themselves', async () => {
  await mkdir(dataDir)
  await chown(dataDir, 65534, 65534)
  const child = await startInChild({ uid: 65534, gid: 65534 })
  expect((await stat(`/proc/${child.pid}`)).uid).toBe(65534)
  expect(await query(child.url, 'select current_user as me')).toEqual([{ me: 'signalbox' }])
  await child.kill()
  // Root finds the data and keeps to the account that owns it.
  expect(await start()).toMatchObject({ adopted: true, pid: child.pid })
})

test('says what is wrong with the folder, the data or the password', async () => {
  await writeFile(join(root, 'file'), '')
  await expect(startEmbeddedPostgres({ dataDir: join(root, 'file'), log: silentLog })).rejects.toMatchObject({
    code: 'data-folder-not-writable',
  })

  const server = await start()
  const passwordFile = join(dataDir, 'database', 'password')
  const password = await readFile(passwordFile, 'utf8')
  await writeFile(passwordFile, 'another')
  await expect(start()).rejects.toMatchObject({ code: 'database-password' })
  await writeFile(passwordFile, password)

  await server.stop()
  const versionFile = join(dataDir, 'database', 'data', 'PG_VERSION')
  await writeFile(versionFile, '15\n')
  await expect(start()).rejects.toMatchObject({ code: 'database-version' })
})

test.runIf(isRoot)('says when the database’s account is shut out by a folder above', async () => {
  await chmod(root, 0o700)
  await expect(start()).rejects.toMatchObject({ code: 'database-folder-unreachable' })
})
