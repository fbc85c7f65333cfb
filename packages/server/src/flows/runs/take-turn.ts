import { Failure } from '@signalbox/core/base/failure.ts'
import { hasLabel, isForeign, wishWords } from '@signalbox/core/base/machine.ts'
import { jobAt } from '@signalbox/core/plan/job-path.ts'
import type { NeedsOf } from '@signalbox/core/plan/job-state.ts'
import { legContexts } from '@signalbox/core/plan/leg-contexts.ts'
import { isStatic, machineWish } from '@signalbox/core/plan/machine-wish.ts'
import { needsContext } from '@signalbox/engine/job/job-state.ts'
import { markNoWorker, setRunsOn } from '../../db/jobs.ts'
import type { JobRow, RunRow } from '../../db/state-of.ts'
import { machineOf, type WorkerRow } from '../../db/workers.ts'
import type { FlowDeps } from '../deps.ts'
import { enterEnvironment } from './environment-rules.ts'
import { holdJob } from './hold-job.ts'
import { contextsAround, hasGroup, type PlannedRun } from './plan-stored.ts'
import { legOf } from './run-context.ts'
import { sendJob } from './send-job.ts'

/** How a job ends that can never begin. */
export interface Ending {
  conclusion: 'cancelled' | 'failure'
  reason: string
}

/** As GitHub does: a job that no runner took for so long has failed. */
const longestWaitMs = 24 * 3_600_000

/**
 * Whether everything that holds a job back is out of its way, asked again at each decision; an ending when it can
 * never begin. Workers are not looked at: see `handToWorker`.
 */
export async function takeTurn(
  deps: FlowDeps,
  planned: PlannedRun,
  candidate: { row: JobRow; needs: NeedsOf },
): Promise<'ready' | 'waits' | Ending> {
  const { row, needs } = candidate
  const { kind } = planned.run
  const written = jobAt(planned.workflow, row.key)?.job
  if (!written) return 'ready'
  const contexts = {
    ...contextsAround(planned, row),
    needs: needsContext({ needs }),
    ...legContexts(legOf(row)),
  }
  if (!row.runs_on && !isStatic(written.runsOn) && kind !== 'agent' && kind !== 'deploy') {
    try {
      row.runs_on = machineWish(written.runsOn, contexts)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      return { conclusion: 'failure', reason: `runs-on: ${error.message}` }
    }
    await setRunsOn(deps.db, row.id, row.runs_on)
  }
  if (written.environment) {
    const environment = await enterEnvironment(
      deps,
      { run: planned.run, job: row },
      written.environment,
      contexts,
    )
    if (environment !== 'open') return environment
  }
  return (await hasGroup(deps, planned, candidate)) ? 'ready' : 'waits'
}

/** Queues a job for the workers that it fits; none: it waits for one, which is stored, or has waited long enough. */
export async function handToWorker(
  deps: FlowDeps,
  { run, job }: { run: RunRow; job: JobRow },
  workers: readonly WorkerRow[],
): Promise<Ending | undefined> {
  if (await sendJob(deps, job, workers)) return undefined
  const words = wishWords(job.runs_on ?? { labels: [] })
  const there = workers.flatMap((worker) => machineOf(worker).labels)
  const foreign = job.runs_on?.labels.find((label) => isForeign(label) && !hasLabel(there, label))
  if (foreign !== undefined) {
    const reason = `No worker is ${foreign}; jobs run on Linux. Write runs-on: ubuntu-latest, or start a worker with SIGNALBOX_WORKER_LABELS=default,${foreign}.`
    return { conclusion: 'failure', reason }
  }
  const now = deps.clock.now()
  if (job.no_worker_since && now.getTime() - job.no_worker_since.getTime() >= longestWaitMs) {
    return { conclusion: 'failure', reason: `No worker had ${words} for 24 hours.` }
  }
  await holdJob(deps, { run, job }, { data: { wants: words }, mark: (tx) => markNoWorker(tx, job.id, now) })
  return undefined
}
