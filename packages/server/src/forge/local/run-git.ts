import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { Readable } from 'node:stream'
import { Failure } from '@signalbox/core/base/failure.ts'
import { gitEnvironment } from './git-environment.ts'

export interface GitCall {
  /** The bare repository; also the only folder that git may trust. */
  gitDir?: string
  args: string[]
  /** A stream that breaks off ends git; the call then rejects with the stream's error. */
  input?: string | Uint8Array | Readable
  /** Configuration for this call only, over the hardened one. */
  settings?: [string, string][]
  env?: Record<string, string>
  timeoutMs?: number
  /** Aborting ends the process; the result has exit code 128. */
  signal?: AbortSignal
  /** The process and its children wait for everybody else. */
  lowPriority?: boolean
  /** Output beyond this ends the process; the result says `truncated`. */
  maxBytes?: number
}

export interface GitResult {
  exitCode: number
  stdout: Buffer
  /** At most 16 kB, the last of it. */
  stderr: string
  truncated: boolean
}

/** Runs git as an argument array. Failure `git-failed` for a time-out or when git cannot be started. */
export type RunGit = (call: GitCall) => Promise<GitResult>

const maxStderr = 16_384

/** The one place where the server starts git; `emptyHome` is a folder that stays empty. */
export function createRunGit(emptyHome: string): RunGit {
  return function runGit(call) {
    const settings: [string, string][] = [...(call.settings ?? [])]
    if (call.gitDir) settings.push(['safe.directory', call.gitDir])
    const extra = { ...(call.gitDir ? { GIT_DIR: call.gitDir } : {}), ...call.env }
    const child = spawn('git', call.args, {
      cwd: call.gitDir ?? emptyHome,
      env: gitEnvironment(emptyHome, settings, extra),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    if (call.lowPriority && child.pid !== undefined) yieldToOthers(child.pid)
    const stop = () => endTree(child.pid)
    call.signal?.addEventListener('abort', stop, { once: true })
    return new Promise((resolve, reject) => {
      const maxBytes = call.maxBytes ?? 64 * 1024 * 1024
      const chunks: Buffer[] = []
      let size = 0
      let stderr = ''
      let truncated = false
      let timedOut = false
      let broken: Error | undefined
      const timer = setTimeout(() => {
        timedOut = true
        endTree(child.pid)
      }, call.timeoutMs ?? 60_000)
      child.stdout.on('data', (chunk: Buffer) => {
        const room = maxBytes - size
        if (chunk.length > room) {
          truncated = true
          endTree(child.pid)
        }
        if (room > 0) chunks.push(chunk.subarray(0, room))
        size = Math.min(maxBytes, size + chunk.length)
      })
      child.stderr.on('data', (chunk: Buffer) => {
        stderr = (stderr + chunk.toString('utf8')).slice(-maxStderr)
      })
      // git may end before it has read all of its input; its exit code says why.
      child.stdin.on('error', () => {})
      child.on('error', (cause) => {
        clearTimeout(timer)
        reject(new Failure('git-failed', 'git could not be started.', { hint: 'Install git.', cause }))
      })
      child.on('close', (code) => {
        clearTimeout(timer)
        call.signal?.removeEventListener('abort', stop)
        if (broken) return reject(broken)
        if (timedOut) {
          const what = call.args[0] ?? 'git'
          reject(new Failure('git-failed', `git ${what} did not end in time.`, { retryable: true }))
          return
        }
        resolve({ exitCode: code ?? 128, stdout: Buffer.concat(chunks), stderr, truncated })
      })
      if (!(call.input instanceof Readable)) return void child.stdin.end(call.input ?? '')
      const breakOff = (error: Error) => {
        broken = error
        endTree(child.pid)
      }
      call.input.on('error', breakOff)
      if (call.input.destroyed) breakOff(call.input.errored ?? new Error('the input was closed'))
      else call.input.pipe(child.stdin)
    })
  }
}

/** Its children inherit this; on Linux the kernel takes their place in the queue of a disk from it. */
function yieldToOthers(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW)
  } catch (error) {
    // It may be over already.
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_SYSTEM_ERROR')) throw error
  }
}

/** git's helpers (ssh, http, index-pack) are in its process group: all of them go. */
export function endTree(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Like `runGit`, but any exit code other than 0 is the Failure `git-failed` with git's last words. */
export async function mustRun(runGit: RunGit, call: GitCall): Promise<Buffer> {
  const result = await runGit(call)
  if (result.exitCode === 0) return result.stdout
  throw new Failure('git-failed', `git ${call.args[0] ?? ''} failed: ${lastWords(result.stderr)}`, {
    retryable: /\.lock|Unable to create/.test(result.stderr),
  })
}

/** The lines of git's errors that say something, without control characters, at most 500 characters. */
export function lastWords(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  const words = lines.slice(-4).join(' ')
  return words.replace(/[\x00-\x1f\x7f]+/g, ' ').slice(0, 500) || 'it said nothing'
}
