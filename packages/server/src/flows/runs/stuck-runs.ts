import { jobsByRun } from '../../db/jobs.ts'
import { moveJob, moveRun } from '../../db/state.ts'
import type { JobRow, RunRow } from '../../db/state-of.ts'
import type { FlowDeps } from '../deps.ts'
import { wakeSubject } from '../wake-subject.ts'

/**
 * Fails a run in progress that gave no sign for too long: no job of it began, ended or had a living worker. A run
 * whose jobs wait for a place among living workers is not stuck. True when it was failed.
 */
export async function failStuckRun(
  deps: FlowDeps,
  run: RunRow,
  options: { stuckAfterMs: number; workersAlive: boolean },
): Promise<boolean> {
  if (run.status !== 'in_progress') return false
  const now = deps.clock.now()
  const oldest = now.getTime() - options.stuckAfterMs
  // Most runs are young: their jobs need not be read.
  if ((run.started_at?.getTime() ?? now.getTime()) > oldest) return false
  const jobs = await jobsByRun(deps.db, run.id)
  if (lastSign(run, jobs) > oldest) return false
  if (options.workersAlive && jobs.some((job) => job.status === 'queued')) return false
  const minutes = Math.round(options.stuckAfterMs / 60_000)
  const reason = `It gave no sign for ${minutes} minutes: no worker had any of its jobs. Run it again, or validate the change again.`
  for (const job of jobs.filter((one) => one.status !== 'completed')) {
    await moveJob(deps.db, {
      id: job.id,
      fence: job.fence,
      event: { type: 'complete', conclusion: 'cancelled' },
      now,
      patch: { reason: 'Its run gave no sign for too long.', log_complete: true },
    })
  }
  const moved = await moveRun(deps.db, {
    id: run.id,
    fence: run.fence,
    event: { type: 'complete', conclusion: 'failure' },
    now,
    patch: { reason },
  })
  if (!moved.ok) return false
  deps.log.warn({ runId: run.id, minutes }, 'a run gave no sign for too long and was failed')
  await wakeSubject(deps, moved.row)
  return true
}

function lastSign(run: RunRow, jobs: JobRow[]): number {
  const signs = [
    run.started_at,
    ...jobs.flatMap((job) => [job.heartbeat_at, job.started_at, job.completed_at]),
  ]
  return Math.max(...signs.map((at) => at?.getTime() ?? 0))
}
