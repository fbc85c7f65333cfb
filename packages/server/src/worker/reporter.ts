import { Failure } from '@signalbox/core/base/failure.ts'
import type { JobReporter, LogLine } from '@signalbox/engine/job/port.ts'
import { appendLogChunk } from '../db/log-chunks.ts'
import { moveStep } from '../db/move-step.ts'
import type { StoredLine } from '../db/schema.ts'
import type { JobRow } from '../db/state-of.ts'
import type { WorkerDeps } from './deps.ts'

const maxWaiting = 4096
const maxWaitingChars = 4_000_000
const maxChunk = 1024
const maxChunkChars = 500_000
/** A job's log beyond this is dropped, and says so: a hostile step must not fill the disk. */
const maxLogChars = 64_000_000
const streams = { stdout: 'o', stderr: 'e', system: 's' } as const

/** The reporter of one attempt of a job, and what the worker needs of it at the end. */
export interface StoringReporter extends JobReporter {
  /** Resolves when every line given so far is stored. */
  flush(): Promise<void>
}

/**
 * Stores steps and log lines under the job's fence. Lines are acknowledged into a bounded buffer and written
 * in one chunk after the other, so that the next chunk gathers while one is on its way; a step is completed
 * only when its lines are stored. Failure `job-lost` as soon as the job belongs to another worker.
 */
export function createReporter(deps: WorkerDeps, job: JobRow): StoringReporter {
  let nextLine = 1
  let waiting: StoredLine[] = []
  let writing: Promise<void> | undefined
  let broken: unknown
  let waitingChars = 0
  let logChars = 0

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const lines = waiting.slice(0, chunkLength(waiting))
      waiting = waiting.slice(lines.length)
      waitingChars -= charsOf(lines)
      const chunk = { jobId: job.id, attempt: job.attempt, fence: job.fence, firstLine: nextLine, lines }
      const stored = await persist(deps, () => appendLogChunk(deps.db, chunk))
      if (!stored.ok) throw new Failure('job-lost', 'Another worker took this job over.')
      nextLine += lines.length
    }
  }

  function start(): void {
    if (writing) return
    writing = writeAll()
      .catch((error: unknown) => {
        broken = error
      })
      .finally(() => {
        writing = undefined
        if (waiting.length > 0 && broken === undefined) start()
      })
  }

  async function flush(): Promise<void> {
    while (writing || waiting.length > 0) {
      if (broken !== undefined) throw broken
      start()
      await writing
    }
    if (broken !== undefined) throw broken
  }

  const step = { jobId: job.id, attempt: job.attempt, fence: job.fence }
  return {
    flush,
    async stepStarted({ number, name }) {
      const event = { type: 'start' } as const
      await store(deps, () => moveStep(deps.db, { ...step, number, name, event, now: deps.clock.now() }))
    },
    async log(stepNumber, lines) {
      if (broken !== undefined) throw broken
      if (logChars > maxLogChars) return
      const added = lines.map((line) => storedLine(stepNumber, line))
      logChars += charsOf(added)
      if (logChars > maxLogChars) added.push(cutLine(stepNumber, deps.clock.now().getTime()))
      waiting.push(...added)
      waitingChars += charsOf(added)
      start()
      if (waiting.length > maxWaiting || waitingChars > maxWaitingChars) await flush()
    },
    async stepCompleted(done) {
      await flush()
      await store(deps, () =>
        moveStep(deps.db, {
          ...step,
          number: done.number,
          name: done.name,
          event: { type: 'complete', outcome: done.outcome, conclusion: done.conclusion },
          now: deps.clock.now(),
          patch: {
            exit_code: done.exitCode ?? null,
            reason: done.reason ?? null,
            outputs: done.outputs,
          },
        }),
      )
    },
  }
}

function charsOf(lines: StoredLine[]): number {
  return lines.reduce((sum, line) => sum + line.x.length, 0)
}

/** How many of the waiting lines make the next chunk: at least one. */
function chunkLength(lines: StoredLine[]): number {
  let chars = 0
  const past = lines.slice(0, maxChunk).findIndex((line) => {
    chars += line.x.length
    return chars > maxChunkChars
  })
  return past === -1 ? Math.min(lines.length, maxChunk) : Math.max(1, past)
}

function cutLine(step: number, at: number): StoredLine {
  const text = `The log of this job is cut here: it is longer than ${maxLogChars / 1_000_000} million characters.`
  return { s: step, t: at, c: 's', x: text }
}

function storedLine(step: number, line: LogLine): StoredLine {
  return { s: step, t: line.at, c: streams[line.stream], x: line.text }
}

async function store(
  deps: WorkerDeps,
  write: () => Promise<{ ok: true } | { ok: false; code: string; reason: string }>,
): Promise<void> {
  const moved = await persist(deps, write)
  // A write that was repeated after a lost connection may find itself done already.
  if (!moved.ok && moved.code !== 'refused') throw new Failure('job-lost', moved.reason)
}

/** Repeats a write while the database is away, for as long as a restart may take. */
export async function persist<T>(deps: WorkerDeps, write: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 25_000
  for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, 1000)) {
    try {
      return await write()
    } catch (error) {
      const lost = error instanceof Failure && error.code === 'database-lost'
      if (!lost || Date.now() > deadline) throw error
      deps.log.warn({ err: error }, 'the database is away; the write is repeated')
      await new Promise((resolve) => setTimeout(resolve, delayMs))
    }
  }
}
