import { newId } from '@signalbox/core/base/ids.ts'
import { callSeparator, jobName } from '@signalbox/core/plan/leg-names.ts'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import type { Queryable } from '../../db/connect.ts'
import type { NewJobRow } from '../../db/jobs.ts'
import { moveJob } from '../../db/state.ts'
import type { JobRow, RunRow } from '../../db/state-of.ts'
import type { FlowDeps } from '../deps.ts'
import { staticWish } from './static-wish.ts'

/** Rows for the jobs of a run, or of a workflow that one of its jobs calls. */
export function newJobs(
  workflow: Workflow,
  {
    runId,
    kind,
    caller,
    contexts,
  }: { runId: string; kind: RunRow['kind']; caller?: JobRow; contexts?: Parameters<typeof jobName>[1] },
): NewJobRow[] {
  return workflow.jobs.map((job, position) => {
    const name = contexts ? jobName(job, contexts) : (job.name?.source ?? job.key)
    return {
      id: newId(),
      run_id: runId,
      key: under(caller?.key, job.key),
      job_key: job.key,
      name: under(caller?.name, name),
      needs: job.needs,
      position,
      calls: job.call?.uses ?? null,
      runsOn: staticWish(kind, job),
      ...(caller && { caller_id: caller.id }),
    }
  })
}

/** A key or name with that of the calling job before it, where there is one. */
export function under(caller: string | undefined, own: string): string {
  return caller === undefined ? own : `${caller}${callSeparator}${own}`
}

/** Jobs that succeeded in the run before, by their keys, are not run again. */
export async function keepJobs(
  deps: Pick<FlowDeps, 'clock'>,
  tx: Queryable,
  jobs: JobRow[],
  kept: Record<string, Record<string, string>>,
): Promise<void> {
  for (const job of jobs) {
    const outputs = Object.hasOwn(kept, job.key) ? kept[job.key] : undefined
    if (!outputs) continue
    await moveJob(tx, {
      id: job.id,
      fence: job.fence,
      event: { type: 'complete', conclusion: 'success' },
      now: deps.clock.now(),
      patch: { reason: 'It succeeded in the attempt before.', outputs, log_complete: true },
    })
  }
}
