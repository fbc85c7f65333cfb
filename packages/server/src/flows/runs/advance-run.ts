import type { Conclusion } from '@signalbox/core/domain/status.ts'
import type { CallPath } from '@signalbox/core/plan/job-state.ts'
import { allWorkflows } from '@signalbox/core/workflow/link-calls.ts'
import { inTransaction } from '../../db/connect.ts'
import { allowDespiteCancel, jobsByRun, requestJobCancel } from '../../db/jobs.ts'
import { findProject } from '../../db/projects.ts'
import { countActiveValidations, findRun, lockValidationStarts, queuedValidations } from '../../db/runs.ts'
import { moveRun } from '../../db/state.ts'
import type { JobRow, RunRow } from '../../db/state-of.ts'
import { variablesFor } from '../../db/variables.ts'
import type { FlowDeps } from '../deps.ts'
import { announce } from '../events/announce.ts'
import { runEnded } from '../events/announce-run.ts'
import { wakeSubject } from '../wake-subject.ts'
import { handOnGroups, takeGroup } from './groups.ts'
import { type PlannedRun, planStored, settle } from './plan-stored.ts'
import { githubContextOf, rowOf } from './run-context.ts'
import { livingWorkers } from './send-job.ts'
import { handToWorker, takeTurn } from './take-turn.ts'
import { errorsOf, parseRun } from './workflow-source.ts'

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
  const { workflow, diagnostics } = parseRun(run)
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
  if (allWorkflows(workflow).some(({ jobs }) => jobs.some((job) => job.concurrency))) {
    await handOnGroups(
      deps,
      run,
      jobs.filter((job) => job.status === 'completed'),
    )
  }
  await carryOut(deps, { run, workflow, rows: jobs, contexts })
}

async function carryOut(deps: FlowDeps, given: PlannedRun): Promise<void> {
  const { run } = given
  const { plan, rows } = await planStored(deps, given)
  for (const end of [...plan.settle, ...plan.close]) {
    const job = rowOf(rows, end)
    if (!job || (await settle(deps, job, end))) continue
    // A worker claimed it meanwhile: what follows from its end is not true, and is decided on again.
    return await deps.queue.send(deps.db, 'advance-run', { runId: run.id })
  }
  for (const place of plan.cancel) {
    const job = rowOf(rows, place)
    if (job && !job.cancel_requested) await requestJobCancel(deps.db, job.id)
  }
  if (plan.complete) {
    if (run.cancel_requested) {
      return await complete(deps, run, 'cancelled', run.cancel_reason ?? 'It was cancelled.')
    }
    return await complete(deps, run, plan.conclusion ?? 'failure', null)
  }
  const closed = plan.close.flatMap((place) => rowOf(rows, place) ?? [])
  if (closed.length > 0) await handOnGroups(deps, run, closed)
  const workers = plan.start.length > 0 ? await livingWorkers(deps, deps.db) : []
  let again = false
  for (const start of plan.start) {
    const job = rowOf(rows, start)
    if (job?.status !== 'queued') continue
    const turn = await takeTurn(deps, { ...given, rows }, { row: job, needs: start.needs })
    if (turn === 'waits') continue
    // Its worker would not begin it otherwise: it cannot know what the job's condition came to.
    const despite = run.cancel_requested || isStopping(rows, start.calls)
    if (turn === 'ready' && despite && !(await allowDespiteCancel(deps.db, job))) continue
    const ending = turn === 'ready' ? await handToWorker(deps, { run, job }, workers) : turn
    if (!ending) continue
    await settle(deps, job, ending)
    again = true
  }
  if (again) await deps.queue.send(deps.db, 'advance-run', { runId: run.id })
}

/** Whether one of these calling jobs was told to stop, though its run goes on. */
function isStopping(rows: JobRow[], calls: CallPath = []): boolean {
  return calls.some((step, index) => rowOf(rows, { ...step, calls: calls.slice(0, index) })?.cancel_requested)
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
  const gone = {
    conclusion: 'cancelled' as const,
    reason: end ? 'Its run could not begin.' : 'The run was cancelled.',
  }
  for (const job of jobs.filter((candidate) => candidate.status === 'queued')) await settle(deps, job, gone)
  const running = jobs.filter((job) => job.status === 'in_progress')
  if (running.some((job) => job.calls === null)) return
  for (const calling of running) await settle(deps, calling, gone)
  const reason = end?.reason ?? run.cancel_reason ?? 'It was cancelled.'
  await complete(deps, run, end?.conclusion ?? 'cancelled', reason)
}

async function complete(
  deps: FlowDeps,
  run: RunRow,
  conclusion: Conclusion,
  reason: string | null,
): Promise<void> {
  const ended = await runEnded(deps, run, conclusion)
  const moved = await moveRun(deps.db, {
    id: run.id,
    fence: run.fence,
    event: { type: 'complete', conclusion },
    now: deps.clock.now(),
    patch: { reason },
    ...(ended ? { also: async (tx) => void (await announce(deps, tx, ended)) } : {}),
  })
  if (!moved.ok) return await deps.queue.send(deps.db, 'advance-run', { runId: run.id })
  await wakeSubject(deps, moved.row)
  await handOnGroups(deps, run)
  if (run.kind !== 'validation') return
  for (const next of await queuedValidations(deps.db, deps.config.maxConcurrentValidations)) {
    await deps.queue.send(deps.db, 'advance-run', { runId: next.id })
  }
}
