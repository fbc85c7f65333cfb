import { posix } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { ExecOptions, ExecResult, Service } from '../../port.ts'
import type { ControlClient, Exit } from './client.ts'
import { deadline } from './deadline.ts'
import { FRAME } from './frames.ts'
import { sendBytes } from './stream.ts'

/** How long the inside may take to end a tree before the whole sandbox is ended from outside. */
const KILL_PATIENCE_MS = 5_000
/** Twice what an init of ours lets be on its way (init/exec.cjs): who sends more is none of ours any more. */
const MAX_UNACKED_BYTES = 2 << 20

/** What a running command needs to know about its sandbox. */
export interface ExecHost {
  control: ControlClient
  env: Record<string, string>
  detached: boolean
  /** Whether the kernel has killed for memory since this was asked last; false where nobody counts. */
  ranOutOfMemory(): Promise<boolean>
  /** How long the inside may take to answer or to begin a command. */
  answerMs: number
  /** Hangs up and ends the whole sandbox: the inside did not obey. */
  condemn(why: string): void
  /** The sandbox was ended because it wrote too much. */
  exceededDisk(): boolean
  /** True after `destroy` was called: what is lost then was cancelled. */
  isEnding(): boolean
}

export interface Running {
  result: Promise<ExecResult>
  stop(graceMs: number): Promise<ExecResult>
}

type Input = string | Uint8Array | AsyncIterable<Uint8Array>
export interface RunSpec extends Omit<ExecOptions, 'stdin'> {
  service: boolean
  stdin?: Input
  /** Takes up a running service instead of starting a command. */
  adopt?: string
}

/** Starts a command inside and follows it; back-pressure by acknowledging output only after `onOutput` has taken it. */
export function run(host: ExecHost, argv: string[], spec: RunSpec): Running {
  let killedBy: ExecResult['killedBy']
  let settle: (result: ExecResult) => void = () => {}
  const result = new Promise<ExecResult>((resolve) => {
    settle = resolve
  })
  let outputs = Promise.resolve()
  let outputError: unknown
  let over = false
  let patience: NodeJS.Timeout | undefined
  let releaseStdin: () => void = () => {}
  let stdinWaits: Promise<void> = Promise.resolve()
  let unacked = 0
  const begun = host.control.tellsStart
    ? deadline(host.answerMs, () => disbelieve('did not begin a command in time'))
    : () => {}

  /** Nothing that it says about this command counts any more. */
  function disbelieve(why: string): void {
    if (over) return
    outputError ??= new Failure('sandbox-no-answer', `The sandbox ${why} and was ended.`)
    host.condemn(why)
  }

  const channel = host.control.open({
    onStarted: begun,
    onOutput(stream, chunk) {
      if (unacked > MAX_UNACKED_BYTES) return
      unacked += chunk.length
      if (unacked > MAX_UNACKED_BYTES) return disbelieve('sent more than was taken from it')
      outputs = outputs.then(async () => {
        try {
          if (outputError === undefined) await spec.onOutput?.(stream, chunk)
        } catch (error) {
          outputError = error
          end('cancel', 0)
        }
        unacked -= chunk.length
        const bytes = Buffer.alloc(4)
        bytes.writeUInt32BE(chunk.length)
        host.control.send(FRAME.ack, channel, bytes)
      })
    },
    onExit: (exit) => void outputs.then(() => finish(exit)),
    onDone: () => void finish(undefined),
    onWait(wait) {
      releaseStdin()
      if (wait) stdinWaits = new Promise((resolve) => (releaseStdin = resolve))
    },
    onLost: () => void outputs.then(() => finish(undefined)),
  })

  async function finish(exit: Exit | undefined): Promise<void> {
    if (over) return
    over = true
    host.control.release(channel)
    begun()
    clearTimeout(patience)
    clearTimeout(timer)
    releaseStdin()
    spec.signal?.removeEventListener('abort', onAbort)
    if (exit === undefined) {
      if (host.exceededDisk()) return settle({ code: null, killedBy: 'disk' })
      const lost = host.isEnding() ? 'cancel' : (await host.ranOutOfMemory()) ? 'oom' : 'sandbox-lost'
      return settle({ code: null, killedBy: killedBy ?? lost })
    }
    const byKill = exit.signal === 'SIGKILL' || exit.code === 137 || exit.code === 134
    const why = killedBy ?? (byKill && (await host.ranOutOfMemory()) ? 'oom' : undefined)
    settle({
      code: exit.code,
      ...(exit.signal === null ? {} : { signal: exit.signal }),
      ...(why === undefined ? {} : { killedBy: why }),
    })
  }

  function end(why: 'timeout' | 'cancel' | undefined, graceMs: number): void {
    if (over) return
    killedBy ??= why
    host.control.send(FRAME.kill, channel, { graceMs })
    clearTimeout(patience)
    patience = setTimeout(() => host.condemn('did not end a command'), graceMs + KILL_PATIENCE_MS)
  }

  const onAbort = (): void => end('cancel', graceOf(spec.signal?.reason))
  const timer = spec.timeoutMs === undefined ? undefined : setTimeout(() => end('timeout', 0), spec.timeoutMs)
  if (spec.adopt !== undefined) host.control.send(FRAME.adopt, channel, { key: spec.adopt })
  else {
    host.control.send(FRAME.exec, channel, {
      argv,
      cwd: absolute(spec.cwd),
      env: { ...host.env, ...spec.env },
      stdin: spec.stdin !== undefined,
      service: spec.service,
    })
    if (spec.stdin !== undefined) {
      void sendBytes(host.control, channel, spec.stdin, () => (over ? undefined : stdinWaits)).catch(
        (error) => {
          outputError ??= error
          end('cancel', 0)
        },
      )
    }
  }
  if (spec.signal?.aborted) onAbort()
  else spec.signal?.addEventListener('abort', onAbort, { once: true })

  const followed = result.then((value) => {
    if (outputError !== undefined) throw outputError
    return value
  })
  followed.catch(() => {})
  return {
    result: followed,
    async stop(graceMs) {
      end(undefined, graceMs)
      return await result
    },
  }
}

/** A path inside; what is not absolute is meant from the workspace. */
export function absolute(path: string | undefined): string {
  if (path === undefined) return '/workspace'
  return path.startsWith('/') ? path : `/workspace/${path}`
}

/** How long the process may take to end by itself: so long as a GentleStop says, otherwise not at all. */
function graceOf(reason: unknown): number {
  const asked = typeof reason === 'object' && reason !== null && 'graceMs' in reason ? reason.graceMs : 0
  return typeof asked === 'number' ? asked : 0
}

/** An absolute path without `..`, so that what is asked for is what is opened. */
export function plainPath(path: string): string {
  const full = absolute(path)
  if (full.includes('\0') || full.split('/').includes('..')) {
    throw new Failure('sandbox-path-refused', `"${path}" leads upwards.`)
  }
  return posix.normalize(full).replace(/(.)\/$/, '$1')
}

/** A command that goes on running, as the port has it. */
export function asService(running: ReturnType<typeof run>): Service {
  return { exited: running.result, stop: async (graceMs = 5_000) => await running.stop(graceMs) }
}
