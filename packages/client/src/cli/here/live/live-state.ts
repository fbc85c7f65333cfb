import type { Conclusion } from '@signalbox/engine/job/port.ts'

/** How many of a step's last lines are kept, for its failure to show. */
export const keptLines = 30

/** A step as it is drawn. */
export interface LiveStep {
  number: number
  name: string
  startedAt: number
  conclusion: Conclusion | undefined
  durationMs: number
  reason: string | undefined
  /** The last lines, as text for a terminal. */
  tail: string[]
}

/** A job, or a leg of one, as it is drawn. */
export interface LiveJob {
  key: string
  status: 'queued' | 'running' | 'done'
  startedAt: number
  durationMs: number
  conclusion: Conclusion | undefined
  reason: string | undefined
  steps: LiveStep[]
}

/** A run as it is drawn; changed in place by whoever hears of it. */
export interface LiveRun {
  title: string
  startedAt: number
  jobs: Map<string, LiveJob>
  /** Somebody pressed Ctrl-C. */
  stopping: boolean
}

/** The job with this key, added when it is new. */
export function jobIn(run: LiveRun, key: string): LiveJob {
  const known = run.jobs.get(key)
  if (known) return known
  const job: LiveJob = {
    key,
    status: 'queued',
    startedAt: 0,
    durationMs: 0,
    conclusion: undefined,
    reason: undefined,
    steps: [],
  }
  run.jobs.set(key, job)
  return job
}

/** Adds lines to the end of a step, as many as are kept. */
export function addLines(step: LiveStep, lines: readonly string[]): void {
  step.tail.push(...lines.slice(-keptLines))
  if (step.tail.length > keptLines) step.tail.splice(0, step.tail.length - keptLines)
}
