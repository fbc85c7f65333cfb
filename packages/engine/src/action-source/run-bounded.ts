import { spawn } from 'node:child_process'
import { Failure } from '@signalbox/core/base/failure.ts'

/** A program to its end: an argument array, nothing of the environment but what is given. */
export interface BoundedCall {
  argv: readonly [string, ...string[]]
  env: Record<string, string>
  input?: string
  /** 64 kB by default; more ends the program. */
  maxBytes?: number
  timeoutMs: number
  signal?: AbortSignal
}

/** How it ended; `words` are the last 4 kB of what it said on its error stream. */
export interface BoundedResult {
  code: number
  out: Buffer
  words: string
  ended?: 'too-large' | 'too-slow' | 'cancelled'
}

/** Runs a program with its children in a group of their own, so that all of them end. Failure `program-missing`. */
export async function runBounded(call: BoundedCall): Promise<BoundedResult> {
  const chunks: Buffer[] = []
  const running = startBounded({ ...call, maxBytes: call.maxBytes ?? 64 * 1024 })
  for await (const chunk of running.out) chunks.push(Buffer.from(chunk))
  return { ...(await running.done), out: Buffer.concat(chunks) }
}

/** The same with its output as it comes; someone must read it. */
export function startBounded(call: BoundedCall & { maxBytes: number }): {
  out: AsyncIterable<Uint8Array>
  done: Promise<Omit<BoundedResult, 'out'>>
} {
  const [program, ...args] = call.argv
  const child = spawn(program, args, {
    env: call.env,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  let ended: BoundedResult['ended']
  const end = (why: NonNullable<BoundedResult['ended']>): void => {
    ended ??= why
    endGroup(child.pid)
  }
  const onAbort = (): void => end('cancelled')
  const timer = setTimeout(() => end('too-slow'), call.timeoutMs)
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-4000)
  })
  // It may end before it has read all of its input; its exit says why.
  child.stdin.on('error', () => {})
  child.stdin.end(call.input ?? '')
  // Asked for before the exit, which may come after it.
  const said = new Promise((resolve) => child.stderr.once('close', resolve))
  const done = new Promise<Omit<BoundedResult, 'out'>>((resolve, reject) => {
    child.once('error', (cause) => {
      clearTimeout(timer)
      reject(
        new Failure('program-missing', `${program} cannot be started.`, {
          hint: `Install ${program}.`,
          cause,
        }),
      )
    })
    child.once('exit', (code) => {
      clearTimeout(timer)
      call.signal?.removeEventListener('abort', onAbort)
      // What it left running must not hold the streams open.
      endGroup(child.pid)
      void said.then(() => resolve({ code: code ?? 128, words, ...(ended ? { ended } : {}) }))
    })
  })
  done.catch(() => {})
  if (call.signal?.aborted) onAbort()
  else call.signal?.addEventListener('abort', onAbort, { once: true })
  async function* read(): AsyncGenerator<Uint8Array> {
    let size = 0
    try {
      for await (const chunk of child.stdout) {
        size += chunk.length
        if (size > call.maxBytes) return end('too-large')
        yield chunk
      }
    } finally {
      if (child.exitCode === null && child.signalCode === null && !child.stdout.readableEnded)
        end('cancelled')
    }
  }
  return { out: read(), done }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It is over already.
  }
}
