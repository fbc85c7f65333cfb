import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { archiveOf, unpack } from '../linux/control/archives.ts'
import { ask, type Question } from '../linux/control/ask.ts'
import type { ControlClient, Done } from '../linux/control/client.ts'
import { asService, type ExecHost, plainPath, run } from '../linux/control/exec.ts'
import { FRAME } from '../linux/control/frames.ts'
import { watchDisk } from '../linux/disk-watch.ts'
import { publishedPort } from '../linux/published-port.ts'
import type { PublishedPort, Sandbox } from '../port.ts'
import type { EngineClient } from './client.ts'
import { containerEnd, lookAt, removeContainer } from './containers.ts'
import { type Door, openDoor } from './door.ts'
import { kitNode } from './kit-mounts.ts'
import type { Meeting } from './meeting.ts'

const DISK_LOOK_MS = 2_000

/** What a sandbox in a container is made of on this side. */
export interface DockerSandboxParts {
  id: string
  containerId: string
  client: EngineClient
  control: ControlClient
  meeting: Meeting
  env: Record<string, string>
  /** The workspace and the home, as the machine sees them. */
  upper: string
  home: string
  /** Where sockets of published ports are made. */
  run: string
  diskBytes: number
  answerMs: number
  sealTo(key: string): string
  /** Removes what is left on this machine. */
  remove(): Promise<void>
}

/** Puts the port's methods over a control connection into a container. */
export function createDockerSandbox(parts: DockerSandboxParts): Sandbox {
  const { id, client, containerId, control, meeting } = parts
  let ending: Promise<void> | undefined
  let oomSeen = false
  const doors = new Map<number, Promise<Door>>()
  const opened = new Set<() => Promise<void>>()
  const ended = control.ended.then(() => containerEnd(client, containerId)).catch(() => {})
  const disk = watchDisk({
    folders: [parts.upper, parts.home],
    limitBytes: parts.diskBytes,
    everyMs: DISK_LOOK_MS,
    onExceeded: () => host.condemn('wrote too much'),
  })
  void ended.then(() => disk.stop())

  const host: ExecHost = {
    control,
    env: parts.env,
    detached: false,
    async ranOutOfMemory() {
      const state = await lookAt(client, containerId).catch(() => undefined)
      const more = (state?.ranOutOfMemory ?? false) && !oomSeen
      oomSeen ||= more
      return more
    },
    answerMs: parts.answerMs,
    condemn() {
      control.close()
      void removeContainer(client, containerId).catch(() => {})
    },
    exceededDisk: () => disk.exceeded(),
    isEnding: () => ending !== undefined,
  }

  function assertUsable(): void {
    if (ending) throw new Failure('sandbox-ended', `Sandbox ${id} has ended.`)
  }

  async function question(what: Question): Promise<Done> {
    assertUsable()
    return await ask(host, what)
  }

  async function stop(): Promise<void> {
    disk.stop()
    for (const close of opened) await close().catch(() => {})
    for (const door of doors.values()) await door.then((one) => one.close()).catch(() => {})
    await removeContainer(client, containerId)
    control.close()
    await meeting.close()
  }

  async function destroy(): Promise<void> {
    ending ??= stop().then(() => parts.remove())
    // A destroy that failed may be tried again.
    ending.catch(() => {
      ending = undefined
    })
    return await ending
  }

  /** A connection to a port inside. */
  const callPort = (port: number) =>
    meeting.call((token) => question({ type: FRAME.bridge, payload: { token, port, slot: 0 } }))

  async function publish(port: number): Promise<PublishedPort> {
    if (!Number.isInteger(port) || port < 1 || port > 65535)
      throw new Failure('sandbox-port', `${port} is not a port.`)
    assertUsable()
    const door = doors.get(port) ?? openDoor(join(parts.run, `p${port}.sock`), () => callPort(port))
    doors.set(port, door)
    const { path: socketPath } = await door
    return publishedPort(socketPath, opened)
  }

  return {
    id,
    workspacePath: parts.upper,
    nodeArgv: kitNode,
    ended,
    destroy,
    publish,
    async exec(argv, options = {}) {
      assertUsable()
      return await run(host, argv, { ...options, service: false }).result
    },
    async spawn(argv, options = {}) {
      assertUsable()
      return asService(run(host, argv, { ...options, service: true }))
    },
    async writeFile(path, data, options = {}) {
      const payload = { path: plainPath(path), mode: options.mode ?? 0o644 }
      await question({ type: FRAME.write, payload, data })
    },
    async readFile(path, { maxBytes }) {
      const chunks: Buffer[] = []
      const payload = { path: plainPath(path), maxBytes }
      const onChunk = (chunk: Buffer): void => void chunks.push(chunk)
      const done = await question({ type: FRAME.read, payload, maxBytes, onChunk })
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
    async snapshot(key) {
      const target = parts.sealTo(key)
      assertUsable()
      disk.stop()
      await removeContainer(client, containerId)
      // The winner of two that seal the same key stays; both hold what the key stands for.
      await rename(parts.upper, target).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
      })
      await destroy()
      return target
    },
  }
}
