import type { Transaction } from 'kysely'
import { requestCancel } from '../../db/runs.ts'
import type { Database } from '../../db/schema.ts'
import type { RunRow } from '../../db/state-of.ts'
import { appendEvent } from '../../events/append.ts'
import type { FlowDeps } from '../deps.ts'

/** The wish, its decision, and the event by which the run's worker hears of it at once. `reason`: in favour of what. */
export async function askToCancel(
  deps: FlowDeps,
  tx: Transaction<Database>,
  run: Pick<RunRow, 'id' | 'project_id' | 'change_id'>,
  { force = false, reason }: { force?: boolean; reason?: string } = {},
): Promise<void> {
  await requestCancel(tx, run.id, { force, reason })
  await deps.queue.send(tx, 'advance-run', { runId: run.id })
  const { project_id: projectId, change_id: changeId, id: runId } = run
  const data = { force, ...(reason !== undefined && { reason }) }
  await appendEvent(tx, { type: 'run.cancel_requested', projectId, changeId, runId, data })
}
