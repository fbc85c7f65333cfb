import type { Conclusion } from '@signalbox/core/domain/status.ts'
import { jobAt } from '@signalbox/core/plan/job-path.ts'
import type { NeedsOf, PlanOptions } from '@signalbox/core/plan/job-state.ts'
import { legContexts } from '@signalbox/core/plan/leg-contexts.ts'
import { legKeys, legName } from '@signalbox/core/plan/leg-names.ts'
import { type Plan, planJobs } from '@signalbox/core/plan/plan-jobs.ts'
import type { Workflow, WorkflowJob } from '@signalbox/core/workflow/model.ts'
import { needsContext } from '@signalbox/engine/job/job-state.ts'
import { expandJob } from '../../db/expand-job.ts'
import { insertJobs, jobsByRun, requestJobCancel } from '../../db/jobs.ts'
import { moveJob } from '../../db/state.ts'
import type { JobRow, RunRow } from '../../db/state-of.ts'
import type { FlowDeps } from '../deps.ts'
import { takeGroup } from './groups.ts'
import { keepJobs, newJobs, under } from './new-jobs.ts'
import { legOf, plannedStates, rowOf } from './run-context.ts'

/** A run with everything that its plan is made from. */
export interface PlannedRun {
  run: RunRow
  workflow: Workflow
  rows: JobRow[]
  contexts: NonNullable<PlanOptions['contexts']>
}

/** Each level of calls takes two rounds; there are ten levels. */
const maxRounds = 50

/**
 * The plan of a run, with each matrix whose turn has come stored as its legs and each called workflow as its jobs:
 * whoever comes first does that, once.
 */
export async function planStored(deps: FlowDeps, given: PlannedRun): Promise<{ plan: Plan; rows: JobRow[] }> {
  const { run, workflow, contexts } = given
  let { rows } = given
  for (let round = 1; ; round++) {
    const plan = planJobs(workflow, plannedStates(rows), { contexts, cancelled: run.cancel_requested })
    if (round === maxRounds || !(await storePlanned(deps, { ...given, rows }, plan))) return { plan, rows }
    rows = await jobsByRun(deps.db, run.id)
  }
}

/** Whether there is anything new to plan with. */
async function storePlanned(deps: FlowDeps, planned: PlannedRun, plan: Plan): Promise<boolean> {
  const { run, rows } = planned
  let changed = false
  for (const expanded of plan.expand) {
    const row = rowOf(rows, expanded)
    const job = row && jobAt(planned.workflow, row.key)?.job
    if (!row || !job) continue
    const legs = storedLegs(planned, { row, job, expanded })
    await expandJob(deps.db, { job: row, projectId: run.project_id, changeId: run.change_id, ...legs })
    changed = true
  }
  for (const opened of plan.open) {
    const row = rowOf(rows, opened)
    if (row?.status !== 'queued' || !(await hasGroup(deps, planned, { row, needs: opened.needs }))) continue
    await open(deps, planned, { row, opened })
    changed = true
  }
  for (const place of plan.cancel) {
    const row = rowOf(rows, place)
    if (!row?.call_inputs || row.cancel_requested) continue
    changed = (await requestJobCancel(deps.db, row.id)) || changed
  }
  return changed
}

/** What the jobs around and beside a job see: inputs are those of its workflow. */
export function contextsAround({ rows, contexts }: PlannedRun, row: JobRow): PlannedRun['contexts'] {
  const caller = callerOf(rows, row)
  return caller ? { ...contexts, inputs: caller.call_inputs ?? {} } : contexts
}

function callerOf(rows: JobRow[], row: JobRow): JobRow | undefined {
  return row.caller_id === null ? undefined : rows.find(({ id }) => id === row.caller_id)
}

function storedLegs(
  planned: PlannedRun,
  { row, job, expanded }: { row: JobRow; job: WorkflowJob; expanded: Plan['expand'][number] },
) {
  const { combinations, failFast, maxParallel } = expanded.strategy
  const caller = callerOf(planned.rows, row)
  const contexts = { ...contextsAround(planned, row), needs: needsContext(expanded) }
  const keys = legKeys(job.key, combinations)
  const legs = combinations.map((matrix, index) => ({
    key: under(caller?.key, keys[index] ?? job.key),
    name: under(caller?.name, legName(job, matrix, { ...contexts, matrix })),
    matrix,
  }))
  return { legs, strategy: { total: legs.length, failFast, maxParallel } }
}

/** Stores that a called workflow began, together with its jobs; nothing when the calling job moved meanwhile. */
async function open(
  deps: FlowDeps,
  { run, workflow, contexts }: PlannedRun,
  { row, opened }: { row: JobRow; opened: Plan['open'][number] },
): Promise<void> {
  const called = jobAt(workflow, row.key)?.job.call?.workflow
  if (!called) return
  const { inputs } = opened
  const jobs = newJobs(called, {
    runId: run.id,
    kind: run.kind,
    caller: row,
    contexts: { ...contexts, inputs },
  })
  await moveJob(deps.db, {
    id: row.id,
    fence: row.fence,
    event: { type: 'call' },
    now: deps.clock.now(),
    patch: { call_inputs: inputs },
    also: async (tx) => {
      await keepJobs(deps, tx, await insertJobs(tx, jobs), run.kept)
    },
  })
}

/** Whether a job may begin as far as its group goes; one that never can is ended here, and its run decided on again. */
export async function hasGroup(
  deps: FlowDeps,
  planned: PlannedRun,
  { row, needs }: { row: JobRow; needs: NeedsOf },
): Promise<boolean> {
  const { run } = planned
  const { concurrency } = jobAt(planned.workflow, row.key)?.job ?? {}
  if (!concurrency) return true
  const contexts = { needs: needsContext({ needs }), ...legContexts(legOf(row)) }
  const turn = await takeGroup(deps, { run, job: row }, concurrency, {
    ...contextsAround(planned, row),
    ...contexts,
  })
  if (turn.state !== 'ended') return turn.state === 'holds'
  await settle(deps, row, { conclusion: turn.conclusion, reason: turn.reason })
  await deps.queue.send(deps.db, 'advance-run', { runId: run.id })
  return false
}

/** Ends a job that no worker has. False when it moved since it was read. */
export async function settle(
  deps: FlowDeps,
  job: JobRow,
  end: { conclusion: Conclusion; outputs?: Record<string, string>; reason?: string | undefined },
): Promise<boolean> {
  const { conclusion, outputs, reason } = end
  const moved = await moveJob(deps.db, {
    id: job.id,
    fence: job.fence,
    event: { type: 'complete', conclusion },
    now: deps.clock.now(),
    patch: { reason: reason ?? null, log_complete: true, ...(outputs && { outputs }) },
  })
  return moved.ok
}
