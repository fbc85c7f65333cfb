import { Failure } from '@signalbox/core/base/failure.ts'
import type { LiveMessage } from '@signalbox/core/contract/live.ts'
import type { LogReads } from './shared-log-reads.ts'
import { logLine } from './views/run-view.ts'

const pageLines = 1000

export interface LogFollower {
  /** The job itself may have moved: a new attempt, or its log is complete. */
  jobMoved(): void
  stop(): void
}

/**
 * Sends a job's log from a line on, then as it grows, each line once and in order. The next page is read only
 * when the one before has left: a slow reader costs no memory. Without `attempt` it goes on with newer ones,
 * whose lines count from 1 again. Ends by itself after the message that says complete.
 */
export function followLog(
  reads: LogReads,
  from: { job: string; attempt: number | undefined; after: number },
  send: (message: LiveMessage) => Promise<void>,
  onEnd: () => void,
): LogFollower {
  let after = from.after
  let attempt = from.attempt
  let complete = false
  let askJob = true
  let greeted = false
  let woken = false
  let running = false
  let stopped = false

  /** False: nothing more to do until woken. */
  async function step(): Promise<boolean> {
    if (askJob) {
      askJob = false
      const job = await reads.job(from.job)
      if (!job) {
        await send({ type: 'error', code: 'not-found', message: 'There is no such job.' })
        stop()
        return false
      }
      if (attempt !== undefined && from.attempt === undefined && job.attempt > attempt) after = 0
      if (from.attempt === undefined) attempt = job.attempt
      complete = attempt !== undefined && (attempt < job.attempt || job.log_complete)
    }
    if (attempt === undefined) return false
    // Whether it is complete was read before the lines: then these are the last ones.
    const { lines, more } = await reads.lines({ jobId: from.job, attempt, after, limit: pageLines })
    if (stopped) return false
    after = lines.at(-1)?.n ?? after
    const ends = complete && !more
    if (lines.length > 0 || ends || !greeted) {
      greeted = true
      await send({ type: 'log', job: from.job, attempt, lines: lines.map(logLine), complete: ends })
    }
    // An attempt that lost its worker is over, but without an attempt of one's own the job may go on.
    if (ends) stop()
    return more
  }

  async function run(): Promise<void> {
    while (!stopped && woken) {
      woken = false
      while (!stopped && (await step())) {}
    }
  }

  function wake(): void {
    woken = true
    if (running || stopped) return
    running = true
    run()
      .catch(async (error: unknown) => {
        const said =
          error instanceof Failure
            ? { code: error.code, message: error.message }
            : { code: 'unavailable', message: 'The log could not be read.' }
        await send({ type: 'error', ...said })
        stop()
      })
      .catch(() => stop())
      .finally(() => {
        running = false
        if (woken && !stopped) wake()
      })
  }

  function stop(): void {
    if (stopped) return
    stopped = true
    unwatch()
    onEnd()
  }

  const unwatch = reads.watch(from.job, wake)
  wake()
  return {
    jobMoved() {
      askJob = true
      wake()
    },
    stop,
  }
}
