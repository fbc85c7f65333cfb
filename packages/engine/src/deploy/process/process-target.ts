import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Sandbox, SandboxProvider } from '../../sandbox/port.ts'
import { writeFileAtomic } from '../atomic-file.ts'
import type { DeployTarget, ReleaseSpec, StartedRelease } from '../port.ts'
import { checkSocket } from './health-check.ts'
import { deleteRelease, readRelease, releaseFolder, writeRelease } from './release-file.ts'

/** Inside: what the supervisor and we tell each other. The release can write there and fool only itself. */
const inside = '/tmp/signalbox-release'
const supervisorFile = `${inside}/supervisor.sh`
const answeredFile = `${inside}/answered`
const supervisorScript = new URL('./supervisor.sh', import.meta.url)

/** `start` waits this long for a first answer or an end; slower releases are left to the checks. */
const firstAnswerMs = 3_000
const pollMs = 50
/** From a sandbox that stands to its supervisor's first word. */
const launchMs = 3_000
/** Another process that starts the same release gets this long to be done. */
const otherStarterMs = 20_000
const graceMs = 5_000
const callMs = 5_000
const maxOutputBytes = 2 * 1024 * 1024
const lastWordsBytes = 2_000

/** Whose sandboxes these are; detached ones are never reaped with it. */
const ownerId = 'releases'

/**
 * Releases as detached sandboxes of this machine: no network, a user of their own, one published port. The
 * command runs under a supervisor inside (`supervisor.sh` states when a crash is repaired); its last output,
 * 2 MB at most, is kept in the data folder when the release stops.
 */
export function createProcessTarget(options: { provider: SandboxProvider; dataDir: string }): DeployTarget {
  const { provider, dataDir } = options
  const starting = new Map<string, Promise<StartedRelease>>()
  /** By sandbox: a release that is started anew must answer anew. */
  const answered = new WeakSet<Sandbox>()
  const attached = new Map<string, Sandbox>()

  async function find(id: string): Promise<Sandbox | undefined> {
    const known = attached.get(id)
    if (known) return known
    const sandbox = await provider.attach(id)
    if (sandbox) remember(sandbox)
    return sandbox
  }

  function remember(sandbox: Sandbox): void {
    attached.set(sandbox.id, sandbox)
    void sandbox.ended.then(() => {
      if (attached.get(sandbox.id) === sandbox) attached.delete(sandbox.id)
    })
  }

  async function startNow(spec: ReleaseSpec): Promise<StartedRelease> {
    const giveUpAt = Date.now() + otherStarterMs
    for (;;) {
      const running = await find(spec.id)
      if (running) {
        const isUp = await becomesSupervised(running).catch(() => false)
        const stored = isUp ? await readRelease(dataDir, spec.id) : undefined
        if (stored) return { socketPath: stored.socketPath }
        await end(running)
      }
      try {
        return await createNow(spec)
      } catch (error) {
        // Another process is at it just now; it is found as soon as it stands.
        const isOthers = error instanceof Failure && error.code === 'sandbox-exists'
        if (!isOthers || Date.now() > giveUpAt) throw error
        await delay(pollMs)
      }
    }
  }

  async function createNow(spec: ReleaseSpec): Promise<StartedRelease> {
    const sandbox = await provider.create({
      id: spec.id,
      ownerId,
      limits: spec.limits,
      network: { mode: 'none' },
      // Its own environment may hold secrets: it goes with the command, where no file of ours keeps it.
      env: { PORT: String(spec.port) },
      layers: spec.layers,
      detached: true,
    })
    remember(sandbox)
    try {
      return await launch(sandbox, spec)
    } catch (error) {
      await end(sandbox)
      throw error
    }
  }

  async function launch(sandbox: Sandbox, spec: ReleaseSpec): Promise<StartedRelease> {
    await sandbox.writeFile(supervisorFile, await readFile(supervisorScript))
    const { socketPath } = await sandbox.publish(spec.port)
    await writeRelease(dataDir, { spec: { ...spec, env: {} }, socketPath })
    const env = { ...spec.env, PORT: String(spec.port) }
    const service = await sandbox.spawn(['bash', supervisorFile, inside, spec.startCommand], { env })
    let ended = false
    const onEnd = () => {
      ended = true
    }
    service.exited.then(onEnd, onEnd)
    const giveUpAt = Date.now() + firstAnswerMs
    while (!ended && Date.now() < giveUpAt) {
      if ((await look(spec, socketPath, firstAnswerMs)).answered) return { socketPath }
      await delay(pollMs)
    }
    if (!ended) return { socketPath }
    const words = tail(await readOutput(sandbox), lastWordsBytes).trim()
    throw new Failure(
      'release-exited',
      `The release ended at once${words ? `: ${words}` : ' and said nothing.'}`,
      {
        hint: 'Try its start command in the sandbox of the validation run; it must listen on the port in PORT.',
      },
    )
  }

  /** Checks, and tells the supervisor of the first answer: from then on an end is a crash to be repaired. */
  async function look(spec: ReleaseSpec, socketPath: string, timeoutMs: number) {
    const health = await checkSocket(socketPath, spec.healthPath, timeoutMs)
    const sandbox = health.answered ? await find(spec.id) : undefined
    if (sandbox && !answered.has(sandbox)) {
      await sandbox.writeFile(answeredFile, '')
      answered.add(sandbox)
    }
    return health
  }

  /** Saves the last output, then ends the whole tree. */
  async function end(sandbox: Sandbox): Promise<void> {
    const output = await readOutput(sandbox).catch(() => undefined)
    if (output?.length && (await readRelease(dataDir, sandbox.id))) {
      await writeFileAtomic(join(releaseFolder(dataDir, sandbox.id), 'output.log'), output)
    }
    await sandbox.destroy()
    attached.delete(sandbox.id)
  }

  async function stop(id: string): Promise<void> {
    await starting.get(id)?.catch(() => undefined)
    const sandbox = await find(id)
    if (!sandbox) return
    await terminate(sandbox).catch(() => undefined)
    await end(sandbox)
  }

  return {
    name: 'process',
    stop,
    async start(spec) {
      const before = starting.get(spec.id)
      if (before) return await before
      const now = startNow(spec).finally(() => starting.delete(spec.id))
      starting.set(spec.id, now)
      return await now
    },
    async state(id) {
      const sandbox = await find(id)
      if (sandbox && (await isSupervised(sandbox).catch(() => false))) return 'running'
      return (await readRelease(dataDir, id)) ? 'stopped' : 'missing'
    },
    async check(spec, timeoutMs) {
      const stored = await readRelease(dataDir, spec.id)
      if (!stored) return { healthy: false, detail: 'not started', durationMs: 0 }
      const { healthy, detail, durationMs } = await look(spec, stored.socketPath, timeoutMs)
      return { healthy, detail, durationMs }
    },
    async output(id, maxBytes) {
      const sandbox = await find(id)
      if (sandbox) return tail(await readOutput(sandbox), maxBytes)
      const kept = await readFile(join(releaseFolder(dataDir, id), 'output.log')).catch(() => Buffer.alloc(0))
      return tail(kept, maxBytes)
    },
    async remove(id) {
      await stop(id)
      await deleteRelease(dataDir, id)
    },
  }
}

const aliveScript = 'read -r pid < "$1" && [ "$pid" -gt 1 ] && kill -0 "$pid"'

/** Whether the supervisor still runs; the sandbox goes on without it until it is ended. */
async function isSupervised(sandbox: Sandbox): Promise<boolean> {
  const argv = ['bash', '-c', aliveScript, 'alive', `${inside}/supervisor.pid`]
  const { code } = await sandbox.exec(argv, { cwd: '/', timeoutMs: callMs })
  return code === 0
}

/** The same, given a moment: another process may have made the sandbox and be about to launch it. */
async function becomesSupervised(sandbox: Sandbox): Promise<boolean> {
  const giveUpAt = Date.now() + launchMs
  while (!(await sandbox.readFile(`${inside}/supervisor.pid`, { maxBytes: 100 })) && Date.now() < giveUpAt) {
    await delay(pollMs)
  }
  return await isSupervised(sandbox)
}

/** SIGTERM to the supervisor, which passes it on; resolves when it has ended or the grace is over. */
async function terminate(sandbox: Sandbox): Promise<void> {
  const argv = ['bash', '-c', 'read -r pid < "$1" && kill -TERM "$pid"', 'stop', `${inside}/supervisor.pid`]
  const { code } = await sandbox.exec(argv, { cwd: '/', timeoutMs: callMs })
  const giveUpAt = Date.now() + graceMs
  while (code === 0 && Date.now() < giveUpAt && (await isSupervised(sandbox))) await delay(pollMs)
}

async function readOutput(sandbox: Sandbox): Promise<Buffer> {
  const read = (name: string) => sandbox.readFile(`${inside}/${name}`, { maxBytes: maxOutputBytes })
  const parts = [await read('output.old'), await read('output.new')]
  return Buffer.concat(parts.flatMap((part) => (part ? [part] : [])))
}

/** The last bytes as text that a database can hold. */
function tail(bytes: Buffer, maxBytes: number): string {
  return bytes
    .subarray(Math.max(0, bytes.length - maxBytes))
    .toString('utf8')
    .replaceAll('\0', '\uFFFD')
}
