import type { Conclusion } from '@signalbox/core/domain/status.ts'
import type { NeedsOf, PlanOptions } from '@signalbox/core/plan/job-state.ts'
import { legKeys, legName } from '@signalbox/core/plan/leg-names.ts'
import { type Plan, planJobs } from '@signalbox/core/plan/plan-jobs.ts'
import type { Workflow, WorkflowJob } from '@signalbox/core/workflow/model.ts'
import { legContexts, needsContext } from '@signalbox/engine/job/job-state.ts'
import { inTransaction } from '../db/connect.ts'
import { expandJob } from '../db/expand-job.ts'
import { allowDespiteCancel, jobsByRun, requestJobCancel } from '../db/jobs.ts'
import { findProject } from '../db/projects.ts'
import { countActiveValidations, findRun, lockValidationStarts, queuedValidations } from '../db/runs.ts'
import { moveJob, moveRun } from '../db/state.ts'
import type { JobRow, RunRow } from '../db/state-of.ts'
import { variablesFor } from '../db/variables.ts'
import type { FlowDeps } from './deps.ts'
import { handOnGroups, takeGroup } from './groups.ts'
import { githubContextOf, legOf, plannedStates, rowOf } from './run-context.ts'
import { wakeSubject } from './wake-subject.ts'
import { errorsOf, parseSource } from './workflow-source.ts'

/**
 * Decides what a run does next: queue jobs that may start, skip those that cannot, or end. Idempotent. `deps.db`
 * may be a transaction: a new run's first decision is stored with the run.
 */
export async function advanceRun(deps: FlowDeps, runId: string): Promise<void> {
  const run = await findRun(deps.db, runId)
  if (!run) return
  if (run.status === 'completed') return await wakeSubject(deps, run)
  const jobs = await jobsByRun(deps.db, runId)
  // What never began has nothing to clean up, and whoever forces the end wants nothing more to run.
  if (run.cancel_forced || (run.cancel_requested && run.status === 'queued')) {
    return await endEverything(deps, run, jobs)
  }
  const { workflow, diagnostics } = parseSource({ file: run.workflow_file, text: run.workflow_text })
  if (!workflow) {
    return await complete(deps, run, 'failure', errorsOf(diagnostics) ?? 'The workflow cannot be read.')
  }
  const project = await findProject(deps.db, run.project_id)
  const place = { projectId: run.project_id, environment: '' }
  const contexts = {
    github: githubContextOf(run, project?.slug ?? ''),
    inputs: run.inputs,
    vars: await variablesFor(deps.db, place),
  }
  if (run.status === 'queued' && workflow.concurrency) {
    const turn = await takeGroup(deps, { run }, workflow.concurrency, contexts)
    if (turn.state === 'waits') return
    if (turn.state === 'ended') return await endEverything(deps, run, jobs, turn)
  }
  if (run.status === 'queued' && !(await mayStart(deps, run))) return
  if (workflow.jobs.some((job) => job.concurrency)) {
    await handOnGroups(
      deps,
      run,
      jobs.filter((job) => job.status === 'completed'),
    )
  }
  await carryOut(deps, run, {
    ...(await planExpanded(deps, run, { workflow, jobs, contexts })),
    workflow,
    contexts,
  })
}

interface Decided {
  plan: Plan
  rows: JobRow[]
  workflow: Workflow
  contexts: PlanOptions['contexts']
}

async function carryOut(deps: FlowDeps, run: RunRow, decided: Decided): Promise<void> {
  const { plan, rows } = decided
  for (const settled of plan.settle) {
    const job = rowOf(rows, settled)
    if (!job || (await settle(deps, job, settled.conclusion, settled.reason))) continue
    // A worker claimed it meanwhile: what follows from its end is not true, and is decided on again.
    return await deps.queue.send(deps.db, 'advance-run', { runId: run.id })
  }
  for (const leg of plan.cancel) {
    const job = rowOf(rows, leg)
    if (job && !job.cancel_requested) await requestJobCancel(deps.db, job.id)
  }
  if (plan.complete) {
    if (run.cancel_requested) {
      return await complete(deps, run, 'cancelled', run.cancel_reason ?? 'It was cancelled.')
    }
    return await complete(deps, run, plan.conclusion ?? 'failure', null)
  }
  for (const start of plan.start) {
    const job = rowOf(rows, start)
    if (job?.status !== 'queued') continue
    if (!(await hasGroup(deps, run, { job, needs: start.needs }, decided))) continue
    // Its worker would not begin it otherwise: it cannot know what the job's condition came to.
    if (run.cancel_requested && !(await allowDespiteCancel(deps.db, job))) continue
    await deps.queue.send(deps.db, 'job', { jobId: job.id })
  }
}

/** Whether a job may begin as far as its group goes; one that never can is ended here, and its run decided on again. */
async function hasGroup(
  deps: FlowDeps,
  run: RunRow,
  { job, needs }: { job: JobRow; needs: NeedsOf },
  { workflow, contexts }: Decided,
): Promise<boolean> {
  const { concurrency } = workflow.jobs.find((one) => one.key === job.job_key) ?? {}
  if (!concurrency) return true
  const all = { ...contexts, needs: needsContext({ needs }), ...legContexts({ leg: legOf(job) }) }
  const turn = await takeGroup(deps, { run, job }, concurrency, all)
  if (turn.state !== 'ended') return turn.state === 'holds'
  await settle(deps, job, turn.conclusion, turn.reason)
  await deps.queue.send(deps.db, 'advance-run', { runId: run.id })
  return false
}

/** The plan, with each matrix whose turn has come stored as its legs: whoever comes first does that, once. */
async function planExpanded(
  deps: FlowDeps,
  run: RunRow,
  given: { workflow: Workflow; jobs: JobRow[]; contexts: PlanOptions['contexts'] },
) {
  const { workflow, contexts, jobs } = given
  const options = { contexts, cancelled: run.cancel_requested }
  const first = planJobs(workflow, plannedStates(jobs), options)
  if (first.expand.length === 0) return { plan: first, rows: jobs }
  for (const expanded of first.expand) {
    const row = rowOf(jobs, expanded)
    const job = workflow.jobs.find((candidate) => candidate.key === expanded.key)
    if (!row || !job) continue
    await expandJob(deps.db, {
      job: row,
      projectId: run.project_id,
      changeId: run.change_id,
      ...storedLegs(job, expanded, contexts),
    })
  }
  const rows = await jobsByRun(deps.db, run.id)
  return { plan: planJobs(workflow, plannedStates(rows), options), rows }
}

function storedLegs(
  job: WorkflowJob,
  { strategy, needs }: Plan['expand'][number],
  contexts: PlanOptions['contexts'],
) {
  const { combinations, failFast, maxParallel } = strategy
  const keys = legKeys(job.key, combinations)
  const legs = combinations.map((matrix, index) => ({
    key: keys[index] ?? job.key,
    name: legName(job, matrix, { ...contexts, needs, matrix }),
    matrix,
  }))
  return { legs, strategy: { total: legs.length, failFast, maxParallel } }
}

/** False when the job moved since it was read. */
async function settle(deps: FlowDeps, job: JobRow, conclusion: Conclusion, reason: string): Promise<boolean> {
  const moved = await moveJob(deps.db, {
    id: job.id,
    fence: job.fence,
    event: { type: 'complete', conclusion },
    now: deps.clock.now(),
    patch: { reason, log_complete: true },
  })
  return moved.ok
}

/** Validations start only while fewer than the limit are under way; the others wait in order of age. */
async function mayStart(deps: FlowDeps, run: RunRow): Promise<boolean> {
  const now = deps.clock.now()
  const moved = await inTransaction(deps.db, async (tx) => {
    if (run.kind === 'validation') {
      // Counting and starting are one step for all servers, or two of them would both see the last place free.
      await lockValidationStarts(tx)
      if ((await countActiveValidations(tx)) >= deps.config.maxConcurrentValidations) return undefined
    }
    return await moveRun(tx, { id: run.id, fence: run.fence, event: { type: 'start' }, now })
  })
  if (!moved) return false
  if (!moved.ok) {
    await deps.queue.send(deps.db, 'advance-run', { runId: run.id })
    return false
  }
  Object.assign(run, moved.row)
  return true
}

async function endEverything(
  deps: FlowDeps,
  run: RunRow,
  jobs: JobRow[],
  end?: { conclusion: Conclusion; reason: string },
): Promise<void> {
  for (const job of jobs.filter((candidate) => candidate.status === 'queued')) {
    await settle(deps, job, 'cancelled', end ? 'Its run could not begin.' : 'The run was cancelled.')
  }
  if (jobs.some((job) => job.status === 'in_progress')) return
  const reason = end?.reason ?? run.cancel_reason ?? 'It was cancelled.'
  await complete(deps, run, end?.conclusion ?? 'cancelled', reason)
}

async function complete(
  deps: FlowDeps,
  run: RunRow,
  conclusion: Conclusion,
  reason: string | null,
): Promise<void> {
  const moved = await moveRun(deps.db, {
    id: run.id,
    fence: run.fence,
    event: { type: 'complete', conclusion },
    now: deps.clock.now(),
    patch: { reason },
  })
  if (!moved.ok) return await deps.queue.send(deps.db, 'advance-run', { runId: run.id })
  await wakeSubject(deps, moved.row)
  await handOnGroups(deps, run)
  if (run.kind !== 'validation') return
  for (const next of await queuedValidations(deps.db, deps.config.maxConcurrentValidations)) {
    await deps.queue.send(deps.db, 'advance-run', { runId: next.id })
  }
}
