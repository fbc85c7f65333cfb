import { Failure } from '@signalbox/core/base/failure.ts'
import { lockLogRound, logsToMove } from '../../db/log-blobs.ts'
import { storeJobLog } from '../../job-log/store-job-log.ts'
import type { FlowDeps } from '../deps.ts'

type Deps = Pick<FlowDeps, 'db' | 'blobs' | 'clock' | 'log' | 'config'>

const batch = 100
const roundMs = 60_000
/** So many failures one after the other are the store's, not a log's: the next round tries again. */
const mostFailures = 3

/**
 * Moves logs of jobs that completed some minutes ago out of the database into the store of blobs; how many. Nothing
 * when another process is at it.
 */
export async function moveLogs(deps: Deps, stopping?: AbortSignal): Promise<number> {
  return await deps.db.transaction().execute(async (tx) => {
    if (!(await lockLogRound(tx))) return 0
    const before = new Date(deps.clock.now().getTime() - deps.config.logsToBlobsAfterSeconds * 1000)
    let moved = 0
    let failures = 0
    let after: Parameters<typeof logsToMove>[1]['after']
    while (!stopping?.aborted) {
      const logs = await logsToMove(deps.db, { before, after, limit: batch })
      for (const log of logs) {
        if (stopping?.aborted || failures >= mostFailures) return moved
        // Something for the connection that holds the lock: one that is idle for a minute is ended.
        await lockLogRound(tx)
        try {
          if (await storeJobLog(deps, log)) moved += 1
          failures = 0
        } catch (error) {
          if (!(error instanceof Failure)) throw error
          failures += 1
          deps.log.warn({ err: error, jobId: log.jobId }, 'a log stays in the database for now')
        }
      }
      after = logs.at(-1)
      if (!after) break
    }
    return moved
  })
}

/** A round each minute until stopped; a failure is logged. */
export function startMovingLogs(deps: Deps): { stop(): Promise<void> } {
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let current: Promise<void> = Promise.resolve()
  const pauseMs = Math.min(roundMs, Math.max(1000, deps.config.logsToBlobsAfterSeconds * 1000))

  async function round(): Promise<void> {
    try {
      const moved = await moveLogs(deps, stopping.signal)
      if (moved > 0) deps.log.info({ moved }, 'moved logs of completed jobs to the store of blobs')
    } catch (error) {
      deps.log.warn({ err: error }, 'logs could not be moved; the next round tries again')
    }
  }
  function next(): void {
    if (stopping.signal.aborted) return
    timer = setTimeout(() => {
      current = round().then(next)
    }, pauseMs)
  }
  next()
  return {
    async stop() {
      stopping.abort()
      clearTimeout(timer)
      await current
    },
  }
}
