import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { Failure } from '@signalbox/core/base/failure.ts'

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
]

/** A git that is running: bytes in, bytes out; `done` rejects with a Failure `git-failed` that has its last words. */
export interface GitProcess {
  stdin: Writable
  /** Destroying it ends git. */
  stdout: Readable
  done: Promise<void>
}

/** Starts git on a git directory without a work tree; someone must read its output. */
export function startGit(
  gitDir: string,
  args: readonly string[],
  env: Record<string, string> = {},
): GitProcess {
  const child = spawn(
    'git',
    [...gitOptions, '-c', `safe.directory=${gitDir}`, '--git-dir', gitDir, ...args],
    {
      env: { ...gitEnv, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
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
      await spoken
      if (code === 0) resolve()
      else reject(new Failure('git-failed', `git ${args[0]} ended with ${code ?? signal}: ${words.trim()}`))
    })
  })
  done.catch(() => {})
  return { stdin: child.stdin, stdout: child.stdout, done }
}

/** Runs git to its end and answers what it printed, up to 64 MB. Throws a Failure `git-failed`. */
export async function git(
  gitDir: string,
  args: readonly string[],
  options: { env?: Record<string, string>; input?: string } = {},
): Promise<string> {
  const running = startGit(gitDir, args, options.env)
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

/** A pack with a commit: all of its history, or with `shallow` only its own tree. */
export function packOf(gitDir: string, commit: string, options: { shallow: boolean }): GitProcess {
  const args = ['pack-objects', '--revs', '--stdout', '--delta-base-offset', '--quiet']
  const running = startGit(gitDir, options.shallow ? [...args, '--shallow'] : args)
  running.stdin.end(options.shallow ? `--shallow ${commit}\n${commit}\n` : `${commit}\n`)
  return running
}
