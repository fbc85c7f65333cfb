import { inTransaction, type Queryable } from '../../db/connect.ts'
import type { JobRow, RunRow } from '../../db/state-of.ts'
import { appendEvent } from '../../events/append.ts'
import type { FlowDeps } from '../deps.ts'

/** Stores by `mark` what holds a job back, and announces it in the same step; nothing when that was known already. */
export async function holdJob(
  deps: Pick<FlowDeps, 'db'>,
  { run, job }: { run: RunRow; job: Pick<JobRow, 'id'> },
  held: { data: Record<string, string>; mark(tx: Queryable): Promise<boolean> },
): Promise<void> {
  const { project_id: projectId, change_id: changeId, id: runId } = run
  await inTransaction(deps.db, async (tx) => {
    if (!(await held.mark(tx))) return
    await appendEvent(tx, { type: 'job.held', projectId, changeId, runId, jobId: job.id, data: held.data })
  })
}
