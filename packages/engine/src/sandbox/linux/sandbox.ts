import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { ExecOptions, PublishedPort, Sandbox, Service } from '../port.ts'
import { oomKills } from './cgroup.ts'
import { archiveOf, unpack } from './control/archives.ts'
import { ask, type Question } from './control/ask.ts'
import type { ControlClient, Done } from './control/client.ts'
import { asService, type ExecHost, plainPath, run } from './control/exec.ts'
import { FRAME } from './control/frames.ts'
import { watchDisk } from './disk-watch.ts'
import { endTree, removeRemains } from './end.ts'
import type { SandboxPaths } from './paths.ts'
import { isAlive } from './processes.ts'
import { publishedPort } from './published-port.ts'
import { type SandboxState, writeState } from './state.ts'

/** How many ports one sandbox can publish: their listeners are made before it starts. */
export const PORT_SLOTS = 8

const DISK_LOOK_MS = 2_000

/** What a sandbox is made of on this side. */
export interface LinuxSandboxParts {
  state: SandboxState
  paths: SandboxPaths
  control: ControlClient
  lockRoot: string
  /** How long the inside may take to answer. */
  answerMs: number
  /** Resolves when the spawned program has ended; for an attached sandbox this is watched instead. */
  exited: Promise<void> | undefined
  sealTo(key: string): string
  /** How often what it wrote is measured; 2 s by default. */
  diskLookMs?: number
  log?: (message: string) => void
  forget(): void
}

/** A sandbox of this machine, created or attached; with what releases need beyond the port. */
export interface LinuxSandbox extends Sandbox {
  /** What its services have written, capped; on the host, never seen from inside. */
  readonly logPath: string
  /** Services that run, to be taken up after `attach`. */
  services(): Promise<{ argv: string[]; adopt(options?: Pick<ExecOptions, 'onOutput'>): Service }[]>
}

/** Puts the port's methods over a control connection. */
export function createLinuxSandbox(parts: LinuxSandboxParts): LinuxSandbox {
  const { state, paths, control } = parts
  let ending: Promise<void> | undefined
  let oomSeen = 0
  const opened = new Set<() => Promise<void>>()
  const ended = watchEnd(parts)
  const disk = state.diskBytes
    ? watchDisk({
        folders: [paths.upper, paths.home],
        limitBytes: state.diskBytes,
        everyMs: parts.diskLookMs ?? DISK_LOOK_MS,
        onExceeded: () => {
          parts.log?.(`sandbox ${state.id} holds more than ${state.diskBytes} bytes and is ended`)
          host.condemn('wrote too much')
        },
      })
    : undefined
  void ended.then(() => disk?.stop())

  const host: ExecHost = {
    control,
    env: state.env,
    detached: state.detached,
    async ranOutOfMemory() {
      const now = state.cgroup ? ((await oomKills(state.cgroup)) ?? 0) : 0
      const more = now > oomSeen
      oomSeen = Math.max(oomSeen, now)
      return more
    },
    answerMs: parts.answerMs,
    condemn() {
      control.close()
      void endTree(state, paths).catch(() => {})
    },
    exceededDisk: () => disk?.exceeded() ?? false,
    isEnding: () => ending !== undefined,
  }

  function assertUsable(): void {
    if (ending) throw new Failure('sandbox-ended', `Sandbox ${state.id} has ended.`)
  }

  async function question(what: Question): Promise<Done> {
    assertUsable()
    return await ask(host, what)
  }

  async function destroy(): Promise<void> {
    disk?.stop()
    ending ??= (async () => {
      for (const close of opened) await close().catch(() => {})
      await endTree(state, paths)
      control.close()
      await removeRemains(state, paths, parts.lockRoot)
      parts.forget()
    })()
    // A destroy that failed may be tried again.
    ending.catch(() => {
      ending = undefined
    })
    return await ending
  }

  return {
    id: state.id,
    workspacePath: paths.upper,
    logPath: paths.log,
    ended,
    destroy,
    async exec(argv, options = {}) {
      assertUsable()
      return await run(host, argv, { ...options, service: false }).result
    },
    async spawn(argv, options = {}) {
      assertUsable()
      return asService(run(host, argv, { ...options, service: true }))
    },
    async services() {
      const done = await question({ type: FRAME.list })
      return (done.services ?? []).map(({ key, argv }) => ({
        argv,
        adopt: (options) => asService(run(host, argv, { ...options, service: true, adopt: key })),
      }))
    },
    async writeFile(path, data, options = {}) {
      const payload = { path: plainPath(path), mode: options.mode ?? 0o644 }
      await question({ type: FRAME.write, payload, data })
    },
    async readFile(path, { maxBytes }) {
      const chunks: Buffer[] = []
      const done = await question({
        type: FRAME.read,
        payload: { path: plainPath(path), maxBytes },
        maxBytes,
        onChunk: (chunk) => void chunks.push(chunk),
      })
      return done.absent ? undefined : Buffer.concat(chunks)
    },
    async putArchive(tar, dest) {
      assertUsable()
      await unpack(host, plainPath(dest), tar)
    },
    getArchive(path, { maxBytes }) {
      assertUsable()
      return archiveOf(host, plainPath(path), maxBytes)
    },
    publish,
    async snapshot(key) {
      const target = parts.sealTo(key)
      assertUsable()
      disk?.stop()
      await endTree(state, paths)
      // The winner of two that seal the same key stays; both hold what the key stands for.
      await rename(paths.upper, target).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
      })
      await destroy()
      return target
    },
  }

  async function publish(port: number): Promise<PublishedPort> {
    if (!Number.isInteger(port) || port < 1 || port > 65535)
      throw new Failure('sandbox-port', `${port} is not a port.`)
    const socketPath = join(paths.run, `p${port}.sock`)
    let slot = state.ports.indexOf(port)
    if (slot === -1) {
      slot = state.ports.length
      if (slot >= PORT_SLOTS)
        throw new Failure('sandbox-ports-used-up', `A sandbox publishes at most ${PORT_SLOTS} ports.`)
      state.ports.push(port)
      await question({ type: FRAME.bridge, payload: { slot, port } })
      await rename(join(paths.run, `slot${slot}.sock`), socketPath)
      await writeState(paths.state, state)
    }
    return publishedPort(socketPath, opened)
  }
}

async function watchEnd({ state, control, exited }: LinuxSandboxParts): Promise<void> {
  if (exited) return await exited
  await control.ended
  const first = state.first
  while (first && isAlive(first)) await new Promise((resolve) => setTimeout(resolve, 20))
}
