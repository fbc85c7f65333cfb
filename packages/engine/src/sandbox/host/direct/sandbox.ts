import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { archiveOf, unpack } from '../../linux/control/archives.ts'
import { ask } from '../../linux/control/ask.ts'
import type { ControlClient } from '../../linux/control/client.ts'
import { ANSWER_MS } from '../../linux/control/deadline.ts'
import { asService, type ExecHost, plainPath, type RunSpec, run } from '../../linux/control/exec.ts'
import { FRAME } from '../../linux/control/frames.ts'
import { listenOn } from '../../linux/listen.ts'
import type { PublishedPort, Sandbox } from '../../port.ts'
import { readPlainFile, touchFile, writePlainFile } from './files.ts'
import type { DirectPaths } from './paths.ts'

/** What one job on this machine is made of. */
export interface DirectParts {
  id: string
  paths: DirectPaths
  control: ControlClient
  env: Record<string, string>
  /** `NAME=value` in the environment of everything that the job starts. */
  marker: [name: string, value: string]
}

/** A job's commands on this machine itself: its folders are its own, and its processes end with it. */
export function createDirectSandbox(parts: DirectParts): Sandbox {
  const { id, paths, control, marker } = parts
  const over = new AbortController()
  const opened = new Set<() => Promise<void>>()
  let ending: Promise<void> | undefined
  let tell: () => void = () => {}
  const ended = new Promise<void>((resolve) => {
    tell = resolve
  })
  void control.ended.then(tell)
  const host: ExecHost = {
    control,
    env: { ...translated(parts.env), [marker[0]]: marker[1] },
    detached: false,
    ranOutOfMemory: async () => false,
    answerMs: ANSWER_MS,
    condemn: () => control.close(),
    exceededDisk: () => false,
    isEnding: () => ending !== undefined,
  }

  function translated(env: Record<string, string>): Record<string, string> {
    const found: Record<string, string> = {}
    for (const [name, value] of Object.entries(env)) found[name] = paths.real(value)
    return found
  }

  function start(argv: string[], { cwd, env, ...spec }: RunSpec) {
    if (ending) throw new Failure('sandbox-ended', `Sandbox ${id} has ended.`)
    const folder = cwd === undefined ? paths.workspace : paths.real(cwd)
    return run(host, argv.map(paths.real), {
      ...spec,
      cwd: folder.startsWith('/') ? folder : join(paths.workspace, folder),
      env: env && translated(env),
      signal: spec.signal ? AbortSignal.any([spec.signal, over.signal]) : over.signal,
    })
  }

  async function destroy(): Promise<void> {
    ending ??= (async () => {
      over.abort()
      for (const close of opened) await close().catch(() => {})
      const payload = { marker: `${marker[0]}=${marker[1]}` }
      await ask(host, { type: FRAME.sweep, payload }).catch(() => {})
      await removeHeavy()
      tell()
    })()
    return await ending
  }

  /** What takes room goes now; the few small files of a job go with the run, while nobody waits. */
  async function removeHeavy(): Promise<void> {
    for (const folder of [paths.workspace, paths.real('/tmp/signalbox/temp')]) {
      const names = namesIn(folder)
      const light = folder !== paths.workspace && names.every((name) => name.startsWith('step-'))
      if (names.length > 0 && !light) await rm(folder, { recursive: true, force: true }).catch(() => {})
    }
  }

  async function publish(port: number): Promise<PublishedPort> {
    const socketPath = join(paths.folder, `p${port}.sock`)
    const server = createServer({ allowHalfOpen: true }, (client) => {
      const inner = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
      client.on('error', () => inner.destroy())
      inner.on('error', () => client.destroy())
      client.pipe(inner).pipe(client)
    })
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socketPath, resolve))
    const close = () => new Promise<void>((resolve) => void server.close(() => resolve()))
    opened.add(close)
    return {
      socketPath,
      async listen() {
        const listener = await listenOn(socketPath)
        opened.add(listener.close)
        return { url: listener.url, port: listener.port }
      },
      close,
    }
  }

  return {
    id,
    workspacePath: paths.workspace,
    seenAt: paths.real,
    ended,
    destroy,
    publish,
    exec: async (argv, options = {}) => await start(argv, { ...options, service: false }).result,
    spawn: async (argv, options = {}) => asService(start(argv, { ...options, service: true })),
    async writeFile(path, data, { mode } = {}) {
      writePlainFile(paths.real(plainPath(path)), data, mode)
    },
    readFile: async (path, { maxBytes }) => readPlainFile(paths.real(plainPath(path)), maxBytes),
    putArchive: async (tar, dest) => await unpack(host, paths.real(plainPath(dest)), tar),
    getArchive: (path, { maxBytes }) => archiveOf(host, paths.real(plainPath(path)), maxBytes),
    prepare(folders, files) {
      for (const folder of folders.map(paths.real)) if (!existsSync(folder)) mkdirSync(folder)
      for (const file of files) touchFile(paths.real(file))
    },
    snapshot: async () => {
      throw new Failure('sandbox-no-snapshots', 'Jobs on the machine itself have no layers to keep.')
    },
  }
}

/** What a job has left of a folder: it may have removed it. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
