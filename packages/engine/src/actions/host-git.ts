import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { Failure } from '@signalbox/core/base/failure.ts'
import { findProgram } from '../sandbox/linux/host.ts'

/** How git runs on this machine: no configuration but ours, no hooks, no protocol, no prompt. */
const gitEnv = {
  PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
  HOME: '/nonexistent',
  LANG: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_ALLOW_PROTOCOL: '',
  GIT_NO_REPLACE_OBJECTS: '1',
}

const gitOptions = [
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'protocol.allow=never',
  // Larger files pass through in pieces, and packs are mapped in pieces, so that the limit on memory is enough.
  ...['-c', 'core.bigFileThreshold=32m', '-c', 'core.packedGitWindowSize=64m'],
  ...['-c', 'core.packedGitLimit=512m', '-c', 'pack.windowMemory=256m', '-c', 'pack.threads=2'],
]

/** A few bytes of a hostile pack can unfold to gigabytes; what git does with them on the host ends here. */
const memoryBytes = 2 * 1024 ** 3
const cpuSeconds = 120
const timeLimitMs = 120_000
/** Packing reads what was taken in before and may be most of a large history. */
const packCpuSeconds = 600

/** Bounds of one git. */
export interface GitLimits {
  env?: Record<string, string>
  /** Ends git; it then fails with `git-cancelled`. */
  signal?: AbortSignal
  /** Seconds of processor time, where the machine has prlimit(1); 120 by default. */
  cpuSeconds?: number
}

/**
 * A git that is running: bytes in, bytes out. `done` rejects with a Failure: `git-failed` with its last words,
 * `git-limit` when it went beyond a bound, `git-cancelled`, `git-missing`.
 */
export interface GitProcess {
  stdin: Writable
  /** Destroying it ends git. */
  stdout: Readable
  /** Ends it with `git-limit` when it has not ended by itself in this time. */
  endWithin(milliseconds: number): void
  done: Promise<void>
}

/** Starts git on a git directory without a work tree; someone must read its output. */
export function startGit(gitDir: string, args: readonly string[], limits: GitLimits = {}): GitProcess {
  const argv = ['git', ...gitOptions, '-c', `safe.directory=${gitDir}`, '--git-dir', gitDir, ...args]
  const prlimit = findProgram('prlimit')
  if (prlimit !== undefined) {
    const cpu = limits.cpuSeconds ?? cpuSeconds
    argv.unshift(prlimit, `--as=${memoryBytes}`, `--cpu=${cpu}`, '--core=0', '--')
  }
  const child = spawn(argv[0] ?? 'git', argv.slice(1), {
    env: { ...gitEnv, ...limits.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let ended: Failure | undefined
  let timer: NodeJS.Timeout | undefined
  function end(code: string, what: string): void {
    ended ??= new Failure(code, `git ${args[0]} ${what}`)
    child.kill('SIGKILL')
  }
  const onAbort = (): void => end('git-cancelled', 'was cancelled')
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-4000)
  })
  // Its own exit says more than a broken pipe.
  child.stdin.on('error', () => {})
  const done = new Promise<void>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new Failure('git-missing', `git cannot be started: ${cause.message}`, { cause })),
    )
    // Not 'close': that waits for a reader of the output, who may have given up.
    const spoken = once(child.stderr, 'close')
    child.once('exit', async (code, signal) => {
      clearTimeout(timer)
      limits.signal?.removeEventListener('abort', onAbort)
      await spoken
      // Whoever ended it is told so, also when it was quicker than the signal.
      if (ended) reject(ended)
      else if (code === 0) resolve()
      else if (signal === 'SIGXCPU' || (signal === 'SIGKILL' && prlimit !== undefined))
        reject(new Failure('git-limit', `git ${args[0]} used more processor time or memory than it may`))
      else if (code === 128 && /out of memory/i.test(words))
        reject(new Failure('git-limit', `git ${args[0]} needs more than ${memoryBytes >> 20} MB of memory`))
      else if (code === 127 && words.includes('failed to execute'))
        reject(new Failure('git-missing', `git cannot be started: ${words.trim()}`))
      else reject(new Failure('git-failed', `git ${args[0]} ended with ${code ?? signal}: ${words.trim()}`))
    })
  })
  done.catch(() => {})
  if (limits.signal?.aborted) onAbort()
  else limits.signal?.addEventListener('abort', onAbort, { once: true })
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    endWithin(milliseconds) {
      clearTimeout(timer)
      if (child.exitCode !== null || child.signalCode !== null) return
      timer = setTimeout(() => end('git-limit', `took longer than ${milliseconds / 1000} s`), milliseconds)
    },
    done,
  }
}

/** Runs git to its end, two minutes at most, and answers what it printed, up to 64 MB. Throws what `done` throws. */
export async function git(
  gitDir: string,
  args: readonly string[],
  options: GitLimits & { input?: string } = {},
): Promise<string> {
  const running = startGit(gitDir, args, options)
  running.endWithin(timeLimitMs)
  running.stdin.end(options.input ?? '')
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of running.stdout) {
    size += chunk.length
    if (size > 64 * 1024 * 1024) throw new Failure('git-failed', `git ${args[0]} printed too much`)
    chunks.push(chunk)
  }
  await running.done
  return Buffer.concat(chunks).toString()
}

/** Writes with back-pressure; resolves when more may be written. What comes after the reader's end is dropped. */
export async function write(stream: Writable, chunk: Uint8Array): Promise<void> {
  if (stream.destroyed) return
  if (stream.write(chunk)) return
  // A broken pipe is no failure of its own: the exit of the reader tells why.
  await Promise.race([once(stream, 'drain'), once(stream, 'close')]).catch(() => {})
}

/** What a pack is to hold. */
export interface PackContent {
  /** Commits and annotated tags. */
  wants: readonly string[]
  /** Commits whose parents are left out. */
  boundary: readonly string[]
}

/** A pack with commits and tags, each with all of its history up to the boundary. */
export function packOf(
  gitDir: string,
  content: PackContent,
  options: { signal?: AbortSignal } = {},
): GitProcess {
  const { wants, boundary } = content
  const args = ['pack-objects', '--revs', '--stdout', '--delta-base-offset', '--quiet']
  const running = startGit(gitDir, boundary.length > 0 ? [...args, '--shallow'] : args, {
    cpuSeconds: packCpuSeconds,
    signal: options.signal,
  })
  const lines = [...boundary.map((commit) => `--shallow ${commit}`), ...wants]
  running.stdin.end(lines.map((line) => `${line}\n`).join(''))
  return running
}

/** A pack with the tree of one commit alone. */
export function packOfTree(
  gitDir: string,
  commit: string,
  options: { signal?: AbortSignal } = {},
): GitProcess {
  return packOf(gitDir, { wants: [commit], boundary: [commit] }, options)
}
