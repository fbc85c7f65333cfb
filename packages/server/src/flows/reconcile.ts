import { listOpenChanges } from '../db/changes.ts'
import { openDeployments } from '../db/deployments.ts'
import { openJobs } from '../db/jobs.ts'
import { openOccurrences } from '../db/occurrences.ts'
import { openRuns } from '../db/runs.ts'
import { listWorkers } from '../db/workers.ts'
import type { FlowDeps } from './deps.ts'
import { recoverPushes } from './events/notice-push.ts'
import { tickSchedules } from './events/schedules.ts'
import { livingWorkers, sendJob } from './runs/send-job.ts'
import { failStuckRun } from './runs/stuck-runs.ts'

/** A job whose worker gave no sign for this long is taken up by another. */
export const workerLostMs = 30_000

/**
 * Picks up what a crash left: every row that is not at its end is decided on again, and every job without a
 * living worker is queued again. All decisions are idempotent, so this may run at any time and anywhere.
 */
export async function reconcile(deps: FlowDeps, options: { lostAfterMs?: number } = {}): Promise<void> {
  const before = new Date(deps.clock.now().getTime() - (options.lostAfterMs ?? workerLostMs))
  const workers = new Set((await listWorkers(deps.db)).map((worker) => worker.id))
  const living = await livingWorkers(deps, deps.db)
  for (const job of await openJobs(deps.db)) {
    if (job.status !== 'in_progress') continue
    const silent = !job.heartbeat_at || job.heartbeat_at < before
    // A worker that stopped, or was found dead, need not be waited for.
    if (silent || !job.worker_id || !workers.has(job.worker_id)) {
      await sendJob(deps, job, living)
    }
  }
  const stuck = { stuckAfterMs: deps.config.stuckRunMinutes * 60_000, workersAlive: workers.size > 0 }
  for (const run of await openRuns(deps.db)) {
    if (await failStuckRun(deps, run, stuck)) continue
    await deps.queue.send(deps.db, 'advance-run', { runId: run.id })
  }
  for (const change of await listOpenChanges(deps.db)) {
    if (change.status === 'waiting') continue
    await deps.queue.send(deps.db, 'advance-change', { changeId: change.id })
  }
  await recoverPushes(deps)
  await tickSchedules(deps)
  for (const { id } of await openOccurrences(deps.db)) {
    await deps.queue.send(deps.db, 'advance-occurrence', { occurrenceId: id })
  }
  for (const deployment of await openDeployments(deps.db)) {
    await deps.queue.send(deps.db, 'advance-deployments', { environmentId: deployment.environment_id })
  }
}

/** Runs `reconcile` now and every few seconds until stopped; a failure is logged and the next round tries again. */
export function startReconciler(deps: FlowDeps, everyMs = 5000): { stop(): void } {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  const round = async () => {
    try {
      await reconcile(deps)
    } catch (error) {
      deps.log.warn({ err: error }, 'reconciling failed; the next round tries again')
    }
    if (!stopped) timer = setTimeout(round, everyMs)
  }
  void round()
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
