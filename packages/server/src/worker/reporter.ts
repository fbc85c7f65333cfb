import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { logCost } from '@signalbox/engine/job/log/log-limit.ts'
import type { JobReporter, LogLine } from '@signalbox/engine/job/port.ts'
import { type AnnotationFacts, appendSummary, insertAnnotation } from '../db/annotations.ts'
import { inTransaction, type Queryable } from '../db/connect.ts'
import { appendLogChunk } from '../db/log-chunks.ts'
import { type MoveStepInput, moveStep } from '../db/move-step.ts'
import type { StoredLine } from '../db/schema/runs.ts'
import type { JobRow } from '../db/state-of.ts'
import type { WorkerDeps } from './deps.ts'

const maxWaiting = 4096
const maxWaitingCost = 4_000_000
const maxChunk = 1024
const maxChunkCost = 500_000
/** Steps and chunks that one transaction writes, and that may wait for theirs. */
const maxEntries = 32
const maxWaitingEntries = 256
/**
 * A job's log beyond this cost is dropped, and says so once: hostile steps must not fill the disk. Each step is
 * limited before, by the engine's `createLogLimit`, which keeps its last lines; this holds for all steps together.
 */
const maxLogCost = 64_000_000
const maxSummaries = 20
const streams = { stdout: 'o', stderr: 'e', system: 's' } as const

/** The reporter of one attempt of a job, and what the worker needs of it at the end. */
export interface StoringReporter extends JobReporter {
  /** Resolves when every step and line given so far is stored. */
  flush(): Promise<void>
}

type StepMove = Pick<MoveStepInput, 'number' | 'name' | 'event' | 'now' | 'patch'>
/** What is written in one go, in the order in which it was reported. */
type Entry = { lines: StoredLine[] } | { move: StepMove } | { fact: (tx: Queryable) => Promise<boolean> }

/**
 * Stores steps and log lines under the job's fence, in the order in which they were reported: a step that is
 * stored as completed has all of its lines. Both are acknowledged into a bounded buffer; what gathers while
 * one transaction is on its way goes into the next, so that a step does not wait for the disk. Only `flush`
 * says that all of it is stored. Failure `job-lost` as soon as the job belongs to another worker.
 */
export function createReporter(
  deps: WorkerDeps,
  job: JobRow,
  limits: { cost: number } = { cost: maxLogCost },
): StoringReporter {
  let nextLine = 1
  const waiting: Entry[] = []
  let waitingLines = 0
  let waitingCost = 0
  let spent = 0
  let summaries = 0
  let writing: Promise<void> | undefined
  let broken: unknown
  const key = { jobId: job.id, attempt: job.attempt, fence: job.fence }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const entries = takeEntries()
      const firstLine = nextLine
      // One chunk is one statement: a transaction around it would make three trips out of one.
      await persist(deps, () =>
        entries.length === 1 && !entries.some((entry) => 'fact' in entry)
          ? writeEntries(deps.db, entries, firstLine)
          : inTransaction(deps.db, (tx) => writeEntries(tx, entries, firstLine)),
      )
      nextLine += linesOf(entries).length
    }
  }

  /** The next entries, as many as one transaction may hold, with neighbouring lines joined to a chunk. */
  function takeEntries(): Entry[] {
    const taken: Entry[] = []
    let lines = 0
    let cost = 0
    for (let next = waiting[0]; next; next = waiting[0]) {
      if ('lines' in next) {
        lines += next.lines.length
        cost += costOf(next.lines)
        const last = taken.at(-1)
        if (taken.length > 0 && (lines > maxChunk || cost > maxChunkCost)) break
        if (last && 'lines' in last) last.lines.push(...next.lines)
        else taken.push({ lines: [...next.lines] })
      } else {
        if (taken.length >= maxEntries) break
        taken.push(next)
      }
      waiting.shift()
    }
    const stored = linesOf(taken)
    waitingLines -= stored.length
    waitingCost -= costOf(stored)
    return taken
  }

  async function writeEntries(tx: Queryable, entries: Entry[], from: number): Promise<void> {
    let firstLine = from
    for (const entry of entries) {
      if ('lines' in entry) {
        const stored = await appendLogChunk(tx, { ...key, firstLine, lines: entry.lines })
        if (!stored.ok) throw new Failure('job-lost', 'Another worker took this job over.')
        firstLine += entry.lines.length
      } else if ('fact' in entry) {
        if (!(await entry.fact(tx))) throw new Failure('job-lost', 'Another worker took this job over.')
      } else {
        const moved = await moveStep(tx, { ...key, ...entry.move })
        // A write that was repeated after a lost connection may find itself done already.
        if (!moved.ok && moved.code !== 'refused') throw new Failure('job-lost', moved.reason)
      }
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

  async function add(entry: Entry): Promise<void> {
    if (broken !== undefined) throw broken
    waiting.push(entry)
    start()
    const tooMuch = waitingLines > maxWaiting || waitingCost > maxWaitingCost
    if (tooMuch || waiting.length > maxWaitingEntries) await flush()
  }

  return {
    flush,
    async stepStarted({ number, name, kind }) {
      await add({ move: { number, name, event: { type: 'start' }, now: deps.clock.now(), patch: { kind } } })
    },
    async log(stepNumber, lines) {
      if (broken !== undefined) throw broken
      if (spent > limits.cost) return
      const added: StoredLine[] = []
      for (const line of lines) {
        spent += logCost(line.text)
        if (spent > limits.cost) {
          added.push(cutLine(limits.cost, { step: stepNumber, at: deps.clock.now().getTime() }))
          break
        }
        added.push(storedLine(stepNumber, line))
      }
      waitingLines += added.length
      waitingCost += costOf(added)
      for (let rest = added; rest.length > 0; ) {
        const part = rest.slice(0, chunkLength(rest))
        rest = rest.slice(part.length)
        await add({ lines: part })
      }
    },
    async annotation(step, said) {
      const { level, message } = said
      const facts: AnnotationFacts = {
        id: newId(),
        level,
        message,
        title: said.title ?? null,
        file: said.file ?? null,
        line: said.line ?? null,
        end_line: said.endLine ?? null,
        col: said.column ?? null,
        end_column: said.endColumn ?? null,
      }
      await add({ fact: (tx) => insertAnnotation(tx, { ...key, step }, facts) })
    },
    async summary(step, text) {
      // A job may have many steps; GitHub keeps twenty summaries, too.
      if (summaries++ < maxSummaries) await add({ fact: (tx) => appendSummary(tx, { ...key, step }, text) })
    },
    async stepCompleted(done) {
      await add({
        move: {
          number: done.number,
          name: done.name,
          event: { type: 'complete', outcome: done.outcome, conclusion: done.conclusion },
          now: deps.clock.now(),
          patch: {
            kind: done.kind,
            exit_code: done.exitCode ?? null,
            reason: done.reason ?? null,
            outputs: done.outputs,
          },
        },
      })
    },
  }
}

function linesOf(entries: Entry[]): StoredLine[] {
  return entries.flatMap((entry) => ('lines' in entry ? entry.lines : []))
}

function costOf(lines: StoredLine[]): number {
  return lines.reduce((sum, line) => sum + logCost(line.x), 0)
}

/** How many of the waiting lines make the next chunk: at least one. */
function chunkLength(lines: StoredLine[]): number {
  let cost = 0
  const past = lines.slice(0, maxChunk).findIndex((line) => {
    cost += logCost(line.x)
    return cost > maxChunkCost
  })
  return past === -1 ? Math.min(lines.length, maxChunk) : Math.max(1, past)
}

function cutLine(cost: number, { step, at }: { step: number; at: number }): StoredLine {
  const text = `The log of this job is cut here: it is longer than ${cost / 1_000_000} million characters, where each line counts ${logCost('')} more.`
  return { s: step, t: at, c: 's', x: text }
}

function storedLine(step: number, line: LogLine): StoredLine {
  return { s: step, t: line.at, c: streams[line.stream], x: line.text }
}

/** Repeats a write while the database is away, for as long as a restart may take. */
export async function persist<T>(deps: WorkerDeps, write: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 25_000
  for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, 1000)) {
    try {
      return await write()
    } catch (error) {
      const lost = error instanceof Failure && (error.code === 'database-lost' || error.code === 'disk-full')
      if (!lost || Date.now() > deadline) throw error
      deps.log.warn({ err: error }, 'the database is away; the write is repeated')
      await new Promise((resolve) => setTimeout(resolve, delayMs))
    }
  }
}
