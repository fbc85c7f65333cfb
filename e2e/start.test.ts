import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createApi } from '@signalbox/client/api/create-api.ts'
import { freePort, type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const startMs = 60_000

/** What a person sees who types `signalbox up` into a terminal of their own. */
interface Started {
  output(): string
  /** To the whole foreground process group, as a terminal does on Ctrl-C. */
  signal(name: NodeJS.Signals): void
  running(): boolean
  ended: Promise<number | null>
}

function up(env: Record<string, string>, before: string[] = []): Started {
  const script = [join(root, 'packages/client/bin/signalbox.mjs'), 'up', '--no-system-packages']
  const [program = '', ...args] = [...before, process.execPath, ...script]
  const child: ChildProcess = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
    })
  }
  return {
    output: () => printed,
    running: () => child.exitCode === null && child.signalCode === null,
    signal: (name) => void (child.pid && process.kill(-child.pid, name)),
    ended: new Promise((done, fail) => {
      child.once('error', fail)
      child.once('close', done)
    }),
  }
}

/** Ids of processes whose command line or environment names the data folder. */
async function processesOf(dataDir: string): Promise<number[]> {
  const found: number[] = []
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue
    const texts = await Promise.all(
      ['cmdline', 'environ'].map((file) => readFile(`/proc/${entry}/${file}`, 'utf8').catch(() => '')),
    )
    if (texts.some((text) => text.includes(dataDir))) found.push(Number(entry))
  }
  return found
}

/** The process that holds a data folder; never 0, which would mean the tests' own process group. */
async function upOf(dataDir: string): Promise<number> {
  const pid = Number(await readFile(join(dataDir, 'up.pid'), 'utf8'))
  if (!(pid > 1)) throw new Error(`no process in ${dataDir}/up.pid`)
  return pid
}

/** Exchanges the token of a printed URL, as the dashboard does. */
async function exchange(url: string): Promise<number> {
  const { origin, hash } = new URL(url)
  const answer = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ token: new URLSearchParams(hash.slice(1)).get('token') }),
  })
  return answer.status
}

describe('one command', () => {
  let platform: Platform

  beforeAll(async () => {
    platform = await startPlatform({ SIGNALBOX_SANDBOX: 'unshare' })
  })
  afterAll(async () => await platform?.destroy())

  function others(): Record<string, string> {
    return { SIGNALBOX_DATA_DIR: `${platform.dataDir}-other`, SIGNALBOX_LOG_LEVEL: 'warn' }
  }

  test('the printed URL signs in once, and a second time not', async () => {
    expect(platform.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=/)
    expect(await exchange(platform.url)).toBe(200)
    expect(await exchange(platform.url)).toBe(401)
  })

  test('a taken port is an error that names the holder, and nothing is started', async () => {
    const second = up({ ...others(), PORT: String(platform.port) })
    expect(await second.ended).toBe(1)
    const holder = await platform.pidOf('server')
    expect(second.output()).toContain(`Port ${platform.port} is taken by node`)
    expect(second.output()).toContain(`(process ${holder})`)
    expect(second.output()).toContain('choose another port: PORT=')
    expect(await processesOf(others()['SIGNALBOX_DATA_DIR'] ?? '')).toEqual([])
  })

  test('a taken ingress port is refused too, and PostgreSQL does not stay behind', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((listening) => taken.once('listening', listening))
    const address = taken.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const env = { ...others(), PORT: String(await freePort()), SIGNALBOX_INGRESS_PORT: String(port) }
    const second = up(env)
    expect(await second.ended).toBe(1)
    taken.close()
    expect(second.output()).toContain(`Port ${port} is taken by process ${process.pid}`)
    expect(second.output()).toContain('SIGNALBOX_INGRESS_PORT=')
    expect(await processesOf(others()['SIGNALBOX_DATA_DIR'] ?? '')).toEqual([])
    await rm(others()['SIGNALBOX_DATA_DIR'] ?? '', { recursive: true, force: true })
  })

  test('a second start on the same data names the first', async () => {
    const second = up({ ...others(), SIGNALBOX_DATA_DIR: platform.dataDir, PORT: String(await freePort()) })
    expect(await second.ended).toBe(1)
    expect(second.output()).toContain(`already (process ${await upOf(platform.dataDir)})`)
  })

  test('a database that cannot be used is said without its password', async () => {
    const database = `postgres://someone:very-secret@127.0.0.1:${await freePort()}/nowhere`
    const env = { PORT: String(await freePort()), SIGNALBOX_INGRESS_PORT: String(await freePort()) }
    const second = up({ ...others(), ...env, DATABASE_URL: database })
    expect(await second.ended).toBe(1)
    expect(second.output()).toContain('The database someone@127.0.0.1:')
    expect(second.output()).not.toContain('very-secret')
    expect(await processesOf(others()['SIGNALBOX_DATA_DIR'] ?? '')).toEqual([])
    await rm(others()['SIGNALBOX_DATA_DIR'] ?? '', { recursive: true, force: true })
  })

  test('a server that will refuse at each start is tried once: other machines without a password', async () => {
    const env = { PORT: String(await freePort()), SIGNALBOX_INGRESS_PORT: String(await freePort()) }
    const second = up({ ...others(), ...env, SIGNALBOX_HOST: '0.0.0.0' })
    expect(await second.ended).toBe(1)
    expect(second.output().match(/no owner has a password or passkey yet/g)).toHaveLength(1)
    expect(second.output()).toContain('open the printed URL, and set a password under Account')
    expect(second.output()).toContain('The server refuses to start, so nothing was left running.')
    expect(second.output()).not.toContain('starting it again')
    expect(await processesOf(others()['SIGNALBOX_DATA_DIR'] ?? '')).toEqual([])
    await rm(others()['SIGNALBOX_DATA_DIR'] ?? '', { recursive: true, force: true })
  })

  test('unshare alone takes a goal to production', async () => {
    const { workers } = await platform.call('getSystem')
    expect(workers.map((worker) => worker.sandbox[0]?.provider)).toEqual(['unshare'])
    const begun = await platform.call('createChange', {
      params: { project: 'sample' },
      body: { goal: 'Show long waits in days' },
    })
    const change = await platform.waitForChange(begun.id, (now) => now.status === 'completed')
    expect(change.conclusion).toBe('deployed')
  })

  test('after kill -9 of up the release serves on, and the next start takes everything over', async () => {
    const killed = await upOf(platform.dataDir)
    const [server, worker] = [await platform.pidOf('server'), await platform.pidOf('worker')]
    process.kill(killed, 'SIGKILL')
    expect((await platform.visit('sample.localhost')).status).toBe(200)
    const before = platform.output().length
    await platform.start()
    const said = platform.output().slice(before)
    expect(said).toContain('PostgreSQL      embedded, on loopback (was still running)')
    expect(said).toMatch(/Ingress {9}\S+ \(was still running\)/)
    expect((await platform.visit('sample.localhost')).status).toBe(200)
    const now = await processesOf(platform.dataDir)
    for (const pid of [killed, server, worker]) expect(now).not.toContain(pid)
  })
})

/** A tree of processes in which no further user namespace can be made, as on a machine that forbids them. */
const withoutNamespaces = [
  ...['unshare', '--user', '--map-root-user', 'sh', '-c'],
  ...['echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"', 'sh'],
]

describe('where no sandbox can be made', () => {
  test('the dashboard is served, and everybody says what is missing', async () => {
    // Of the host's accounts this namespace knows only one, so that no other can run PostgreSQL in it.
    const database = await testDatabase()
    const dataDir = await mkdtemp(join(tmpdir(), 'signalbox-e2e-'))
    const port = await freePort()
    const env = {
      SIGNALBOX_DATA_DIR: dataDir,
      DATABASE_URL: database.connectionString,
      PORT: String(port),
      SIGNALBOX_INGRESS_PORT: String(await freePort()),
    }
    const started = up(env, withoutNamespaces)
    try {
      const baseUrl = `http://127.0.0.1:${port}`
      await until(async () => started.output().includes('no job runs'), startMs, started.output)
      expect(started.output()).toMatch(/nstall|llow/)
      expect((await fetch(baseUrl)).status).toBe(200)
      const health = await (await fetch(`${baseUrl}/health`)).text()
      expect(JSON.parse(health)).toMatchObject({ worker: { status: 'down' }, database: { status: 'ok' } })
      const token = (await readFile(join(dataDir, 'cli-token'), 'utf8')).trim()
      const { call } = createApi({ baseUrl, token })
      const { workers } = await call('getSystem')
      expect(workers.flatMap((worker) => worker.sandbox.filter((one) => !one.available))).toHaveLength(2)
      const begun = await call('createChange', {
        params: { project: 'sample' },
        body: { goal: 'Show long waits in days' },
      })
      await until(async () => {
        const change = await call('getChange', { params: { change: begun.id } })
        return change.reason?.startsWith('Waits for a worker') === true
      }, startMs)
      started.signal('SIGINT')
      await started.ended
      expect(await processesOf(dataDir)).toEqual([])
    } finally {
      if (started.running()) started.signal('SIGTERM')
      await started.ended
      await database.close()
      await rm(dataDir, { recursive: true, force: true })
    }
  })
})

describe('the end of one command', () => {
  test('Ctrl-C names what it stops, and no process stays', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'signalbox-e2e-'))
    const env = {
      SIGNALBOX_DATA_DIR: dataDir,
      PORT: String(await freePort()),
      SIGNALBOX_INGRESS_PORT: String(await freePort()),
    }
    const started = up(env)
    try {
      await until(async () => started.output().includes('Open  http'), startMs, started.output)
      started.signal('SIGINT')
      expect(await started.ended).toBe(0)
      for (const part of ['worker', 'server', 'ingress']) {
        expect(started.output()).toContain(`Stopping the ${part}`)
      }
      expect(started.output()).toContain('Stopping PostgreSQL')
      expect(started.output()).not.toContain('"level"')
      expect(await processesOf(dataDir)).toEqual([])
    } finally {
      if (started.running()) started.signal('SIGTERM')
      await started.ended
      await rm(dataDir, { recursive: true, force: true })
    }
  })
})
