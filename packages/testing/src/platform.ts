import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Api, createApi } from '@signalbox/client/api/create-api.ts'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'

const root = resolve(import.meta.dirname, '..', '..', '..')
const startMs = 120_000

/** The whole product as a person starts it, on ports and a data folder of its own. */
export interface Platform {
  dataDir: string
  port: number
  ingressPort: number
  /** The sign-in URL that the newest start printed. */
  url: string
  /** Everything that it printed so far. */
  output(): string
  call: Api['call']
  /** What the ingress answers for a host name (`sample.localhost`). */
  visit(host: string, path?: string): Promise<{ status: number; text: string }>
  /** Reads the change until `until` holds; fails with the last reading after timeoutMs. */
  waitForChange(
    id: string,
    until: (change: ChangeDetail) => boolean,
    timeoutMs?: number,
  ): Promise<ChangeDetail>
  /** SIGINT to the process that a person started, as Ctrl-C does; resolves with its output. */
  stop(): Promise<string>
  /** Starts again on the same data; `from` is another checkout to start, as after an upgrade. */
  start(from?: string): Promise<void>
  /** SIGKILL to `up`, server and worker: database, ingress and releases stand on their own. */
  crash(): Promise<void>
  /** Runs `signalbox ARGS` on this platform's data and answers what it printed to stdout. */
  cli(...args: string[]): Promise<string>
  /** The process ids of server and worker as they are now, from their command lines. */
  pidOf(name: 'up' | 'server' | 'worker'): Promise<number | undefined>
  /** Ends everything and deletes the data. */
  destroy(): Promise<void>
}

/** Free at this moment; the kernel hands them out in turn, so that they stay free long enough. */
export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

/**
 * Starts the product with `signalbox up`; `env` adds to the environment. `on`: a data folder that is there, and
 * another checkout to start from.
 */
export async function startPlatform(
  env: Record<string, string> = {},
  on: { dataDir?: string; checkout?: string } = {},
): Promise<Platform> {
  const dataDir = on.dataDir ?? (await mkdtemp(join(tmpdir(), 'signalbox-e2e-')))
  const port = await freePort()
  const ingressPort = await freePort()
  let child: ChildProcess | undefined
  let printed = ''
  let url = ''

  const environment = {
    ...process.env,
    SIGNALBOX_DATA_DIR: dataDir,
    PORT: String(port),
    SIGNALBOX_INGRESS_PORT: String(ingressPort),
    SIGNALBOX_LOG_LEVEL: 'warn',
    ...env,
  }

  async function start(from = root): Promise<void> {
    const before = printed.length
    // Another checkout has no packages of its own: its entry script would install them.
    const args =
      from === root
        ? [join(root, 'packages/client/bin/signalbox.mjs')]
        : ['--import', join(from, 'tools/json-modules.mjs'), join(from, 'packages/server/src/main.ts')]
    child = spawn(process.execPath, [...args, 'up', '--no-system-packages'], {
      cwd: from,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const collect = (chunk: Buffer) => {
      printed += chunk.toString()
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    const deadline = Date.now() + startMs
    for (;;) {
      const found = /Open {2}(https?:\S+)/.exec(printed.slice(before))
      if (found?.[1]) {
        url = found[1]
        break
      }
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`it did not start:\n${printed}`)
      await sleep(50)
    }
    await until(
      async () => (await fetch(`http://127.0.0.1:${port}/health`)).status === 200,
      startMs,
      () => printed,
    )
  }

  const call: Api['call'] = async (name, ...input) => {
    const token = (await readFile(join(dataDir, 'cli-token'), 'utf8')).trim()
    return await createApi({ baseUrl: `http://127.0.0.1:${port}`, token }).call(name, ...input)
  }

  async function stop(): Promise<string> {
    const before = printed.length
    const running = child
    if (!running || running.exitCode !== null || running.signalCode !== null) return ''
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGTERM')
    await ended
    return printed.slice(before)
  }

  async function crash(): Promise<void> {
    const running = child
    const ended = running && new Promise((resolve) => running.once('exit', resolve))
    for (const name of ['up', 'server', 'worker'] as const) {
      const pid = await findProcess(name, port)
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
    }
    running?.kill('SIGKILL')
    await ended
  }

  async function cli(...args: string[]): Promise<string> {
    const bin = join(root, 'packages/client/bin/signalbox.mjs')
    const { stdout } = await promisify(execFile)(process.execPath, [bin, ...args], {
      cwd: root,
      env: environment,
    })
    return stdout
  }

  async function destroy(): Promise<void> {
    await stop()
    // After a crash, or a start that failed, nobody is left to end the others.
    await endProcessesOn(dataDir)
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }

  try {
    await start(on.checkout)
  } catch (error) {
    if (on.dataDir === undefined) await destroy()
    else await stop()
    throw error
  }
  return {
    dataDir,
    port,
    ingressPort,
    get url() {
      return url
    },
    output: () => printed,
    call,
    visit: (host, path = '/') => visit(ingressPort, host, path),
    async waitForChange(id, holds, timeoutMs = 90_000) {
      let last: ChangeDetail | undefined
      await until(
        async () => {
          last = await call('getChange', { params: { change: id } })
          return holds(last)
        },
        timeoutMs,
        () => JSON.stringify(last, null, 1),
      )
      if (!last) throw new Error('never read')
      return last
    },
    stop,
    start,
    crash,
    cli,
    pidOf: (name) => findProcess(name, port),
    destroy,
  }
}

/** By Host header: not every resolver knows names under .localhost. */
function visit(port: number, host: string, path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers: { host }, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** Asks again and again until it is true; errors of asking count as not yet. */
export async function until(
  holds: () => Promise<boolean>,
  timeoutMs: number,
  describe: () => string = () => '',
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  let lastError: unknown
  for (;;) {
    try {
      if (await holds()) return
      lastError = undefined
    } catch (error) {
      lastError = error
    }
    if (Date.now() > deadline) throw new Error(`it never became true: ${lastError ?? ''}\n${describe()}`)
    await sleep(50)
  }
}

/** By command line and the port in its environment: other platforms may run beside this one. */
async function findProcess(name: string, port: number): Promise<number | undefined> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')
    if (!line.includes('packages/server/src/main.ts') || line.split('\0').filter(Boolean).at(-1) !== name)
      continue
    const env = await readFile(`/proc/${entry}/environ`, 'utf8').catch(() => '')
    if (env.split('\0').includes(`PORT=${port}`)) return Number(entry)
  }
  return undefined
}

/** Ends whatever names the data folder in its arguments: database, ingress and releases are detached. */
async function endProcessesOn(dataDir: string): Promise<void> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const args = (await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')).split('\0')
    if (!args.some((arg) => arg === dataDir || arg.startsWith(`${dataDir}/`))) continue
    try {
      process.kill(Number(entry), 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
}
