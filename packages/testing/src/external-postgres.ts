import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from './platform.ts'

const home = '/usr/lib/postgresql'

/** A PostgreSQL that is not ours: of the system's own packages, with TLS and a self-made authority. */
export interface ExternalPostgres {
  major: number
  port: number
  /** The authority that signed the certificate, which is for `localhost` alone. */
  caFile: string
  /** Of `owner`, over verified TLS, for the database `name`. */
  url(name: string, password?: string): string
  /** As its administrator, over its socket, which needs no password. */
  asAdmin(statements: string[], database?: string): Promise<void>
  stop(): Promise<void>
  start(): Promise<void>
  /** Ends it and deletes it. */
  destroy(): Promise<void>
}

/** The password of the role `owner`: with everything in it that an address has to write otherwise. */
export const ownerPassword = 'a:b/c@d#e%f g'

/** Majors that the system's packages brought (Debian: `apt-get install postgresql`), newest first. */
export async function systemPostgres(): Promise<number[]> {
  const found = await readdir(home).catch(() => [])
  return found
    .map(Number)
    .filter((major) => existsSync(join(home, String(major), 'bin', 'initdb')))
    .sort((a, b) => b - a)
}

/** Makes and starts a cluster of that major in a folder of its own; as root it runs as `postgres`. */
export async function startExternalPostgres(major: number): Promise<ExternalPostgres> {
  const bin = join(home, String(major), 'bin')
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-external-'))
  const data = join(folder, 'data')
  const ids = accountIds()
  await chmod(folder, 0o711)
  await mkdir(data, { mode: 0o700 })
  await mkdir(join(folder, 'socket'), { mode: 0o755 })
  const port = await freePort()
  const caFile = makeCertificates(folder)
  if (ids) {
    for (const path of ['data', 'socket', 'server.key', 'server.crt', 'log'].map((name) =>
      join(folder, name),
    )) {
      if (path.endsWith('log')) await writeFile(path, '')
      await chown(path, ids.uid, ids.gid)
    }
  }
  command(join(bin, 'initdb'), ['-D', data, '-U', 'admin', '-A', 'trust', '-E', 'UTF8', '--no-sync'], ids)
  await writeFile(
    join(data, 'pg_hba.conf'),
    'local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\nhostssl all all ::1/128 scram-sha-256\n',
  )
  let child: ReturnType<typeof spawn> | undefined
  const socket = join(folder, 'socket')

  async function start(): Promise<void> {
    const settings = {
      listen_addresses: 'localhost',
      unix_socket_directories: socket,
      fsync: 'off',
      ssl: 'on',
      ssl_cert_file: join(folder, 'server.crt'),
      ssl_key_file: join(folder, 'server.key'),
    }
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    child = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...args], {
      ...ids,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    const deadline = Date.now() + 30_000
    while (!(await answers())) {
      if (Date.now() > deadline || child.exitCode !== null)
        throw new Error(`PostgreSQL did not start:\n${said}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async function answers(): Promise<boolean> {
    return await asAdmin(['select 1']).then(
      () => true,
      () => false,
    )
  }

  async function asAdmin(statements: string[], database = 'postgres'): Promise<void> {
    const client = new pg.Client({ host: socket, port, user: 'admin', database })
    client.on('error', () => {})
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }

  async function stop(): Promise<void> {
    const running = child
    child = undefined
    if (!running || running.exitCode !== null) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGINT')
    await ended
  }

  await start()
  await asAdmin([`create role owner login password '${ownerPassword}'`])
  return {
    major,
    port,
    caFile,
    url: (name, password = ownerPassword) =>
      `postgres://owner:${encodeURIComponent(password)}@localhost:${port}/${name}?sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`,
    asAdmin,
    stop,
    start,
    async destroy() {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL refuses to run as root. */
function accountIds(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout.trim())
  return { uid: id('-u'), gid: id('-g') }
}

function makeCertificates(folder: string): string {
  const at = (name: string) => join(folder, name)
  const openssl = (args: string[]) => command('openssl', args)
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  openssl([
    'req',
    '-x509',
    ...made,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
    '-subj',
    '/CN=Test authority',
  ])
  openssl([
    ...['req', '-x509', ...made, '-keyout', at('server.key'), '-out', at('server.crt')],
    ...['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost', '-addext', 'basicConstraints=critical,CA:FALSE'],
  ])
  return at('ca.crt')
}

function command(program: string, args: string[], ids?: { uid: number; gid: number }): void {
  const result = spawnSync(program, args, { ...ids, cwd: tmpdir(), encoding: 'utf8' })
  if (result.status !== 0) throw new Error(`${program} failed: ${result.error?.message ?? result.stderr}`)
}
