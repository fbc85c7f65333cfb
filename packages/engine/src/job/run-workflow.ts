import { Failure } from '@signalbox/core/base/failure.ts'
import type { JobState, LegState } from '@signalbox/core/plan/job-state.ts'
import { legKeys } from '@signalbox/core/plan/leg-names.ts'
import { type Plan, planJobs } from '@signalbox/core/plan/plan-jobs.ts'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import { legContexts, needsContext } from './job-state.ts'
import type { Conclusion, JobDependencies, JobReporter, JobRequest, JobResult, Json, Leg } from './port.ts'
import { createRunGroups, type RunGroups } from './run-groups.ts'
import { runJob } from './run-job.ts'

/** A whole run on this machine: what all of its jobs share. */
export interface WorkflowRequest extends Omit<JobRequest, 'id' | 'jobKey' | 'leg' | 'needs'> {
  /** Names the sandboxes, with the number of the job added: `[a-z0-9-]{1,48}`. */
  id: string
  /** How many jobs run at once. */
  concurrency: number
  /** Which legs of a matrix run; all of them by default. A job that keeps none fails. */
  wantsLeg?(jobKey: string, combination: { [key: string]: Json }): boolean
}

/** Who hears of each job; a leg of a matrix is a job of its own, whose key is `job (value, value)`. */
export interface WorkflowReporter {
  /** Called when a job begins; answers who hears of its steps. */
  job(key: string): JobReporter
  /** Called when a job ended, also when it never ran. */
  jobCompleted(key: string, result: JobResult): Promise<void>
}

/** How a run ended, with each job's own result. */
export interface WorkflowResult {
  conclusion: Conclusion
  jobs: Record<string, JobResult>
}

/** Runs a workflow from its first job to its last, with no server. Aborting the signal cancels it. */
export async function runWorkflow(
  request: WorkflowRequest,
  dependencies: JobDependencies,
  reporter: WorkflowReporter,
  signal: AbortSignal,
): Promise<WorkflowResult> {
  const contexts = { github: request.github, inputs: request.inputs, vars: request.vars }
  const groups = createRunGroups(request.workflow, contexts)
  const run: Run = {
    ...{ request, dependencies, reporter, signal, groups },
    ...{ states: {}, results: {}, running: new Map() },
  }
  for (;;) {
    const plan = planJobs(request.workflow, run.states, { contexts, cancelled: signal.aborted })
    for (const { key, leg, conclusion, reason } of plan.settle) {
      await complete(run, { key, leg }, { conclusion, outputs: {}, reason })
    }
    for (const { key, leg } of plan.cancel) run.running.get(nameOf(run, { key, leg }))?.cancel.abort()
    for (const expanded of plan.expand) await expand(run, expanded)
    if (plan.expand.length > 0) continue
    if (plan.complete) return { conclusion: plan.conclusion ?? 'failure', jobs: run.results }
    const ready = await takeTurns(run, plan.start)
    // What a group ended may be needed by others.
    if (!ready) continue
    for (const start of ready) {
      if (run.running.size >= request.concurrency) break
      begin(run, start)
    }
    if (run.running.size === 0) throw new Failure('plan-stuck', 'no job can start and none runs')
    await Promise.race([...run.running.values()].map((one) => one.ended))
  }
}

interface Run {
  request: WorkflowRequest
  dependencies: JobDependencies
  reporter: WorkflowReporter
  signal: AbortSignal
  groups: RunGroups
  states: Record<string, JobState>
  results: Record<string, JobResult>
  running: Map<string, { ended: Promise<void>; cancel: AbortController }>
}

/** A job, or one of its legs by its place from 0. */
interface Which {
  key: string
  leg?: number
}

function stateOf(run: Run, { key, leg }: Which): LegState | undefined {
  const state = run.states[key]
  return leg === undefined ? state : state?.legs?.states[leg]
}

function nameOf(run: Run, { key, leg }: Which): string {
  const legs = run.states[key]?.legs
  if (leg === undefined || !legs) return key
  return (
    legKeys(
      key,
      legs.states.map((state) => state.combination),
    )[leg] ?? key
  )
}

async function expand(run: Run, { key, strategy }: Plan['expand'][number]): Promise<void> {
  const { failFast, maxParallel } = strategy
  const { wantsLeg } = run.request
  const combinations = wantsLeg
    ? strategy.combinations.filter((one) => wantsLeg(key, one))
    : strategy.combinations
  if (combinations.length === 0 && strategy.combinations.length > 0) {
    const reason = 'no leg of its matrix is among those that were asked for'
    await complete(run, { key }, { conclusion: 'failure', outputs: {}, reason })
    return
  }
  const states = combinations.map((combination) => ({ status: 'queued' as const, combination }))
  run.states[key] = { status: 'in_progress', legs: { states, failFast, maxParallel } }
}

/** Those whose group is theirs now; undefined when a job ended without having run, so that it is planned anew. */
async function takeTurns(run: Run, starts: Plan['start']): Promise<Plan['start'] | undefined> {
  const { request } = run
  const waiting = new Map(starts.map((start) => [nameOf(run, start), start]))
  const ready: Plan['start'] = []
  let ended = false
  for (const start of starts) {
    const job = request.workflow.jobs.find((one) => one.key === start.key)
    const name = nameOf(run, start)
    if (!job || !waiting.has(name)) continue
    const { github, inputs, vars } = request
    const leg = legOf(run, start)
    const contexts = { github, inputs, vars, needs: needsContext(start), ...legContexts({ leg }) }
    const turn = run.groups.turn(name, job, contexts)
    for (const { name: other, reason } of turn.cancel) {
      const running = run.running.get(other)
      const which = waiting.get(other)
      if (running) running.cancel.abort(new Failure('overtaken', reason))
      else if (which) await complete(run, which, { conclusion: 'cancelled', outputs: {}, reason })
      if (!running) waiting.delete(other)
      ended ||= !running
    }
    if (turn.state === 'holds') ready.push(start)
    if (turn.state !== 'ended') continue
    const conclusion = turn.conclusion ?? 'failure'
    await complete(run, start, { conclusion, outputs: {}, reason: turn.reason })
    ended = true
  }
  return ended ? undefined : ready
}

function begin(run: Run, { key, leg, needs }: Plan['start'][number]): void {
  const { request, signal } = run
  const name = nameOf(run, { key, leg })
  const cancel = new AbortController()
  const state = stateOf(run, { key, leg })
  if (state) state.status = 'in_progress'
  else run.states[key] = { status: 'in_progress' }
  const suffix = leg === undefined ? '' : `-${leg + 1}`
  const id = `${request.id}-${numberOf(request.workflow, key)}${suffix}`
  const job: JobRequest = { ...request, id, jobKey: key, leg: legOf(run, { key, leg }), needs }
  // What starts after a cancel is a job that asked to run then, by always() or cancelled().
  const stop = signal.aborted ? cancel.signal : AbortSignal.any([signal, cancel.signal])
  const ended = runOne(run, job, name, stop)
    .then((result) => complete(run, { key, leg }, result))
    .finally(() => run.running.delete(name))
  run.running.set(name, { ended, cancel })
}

function legOf(run: Run, { key, leg }: Which): Leg | undefined {
  const legs = run.states[key]?.legs
  if (leg === undefined || !legs) return undefined
  return {
    combination: legs.states[leg]?.combination ?? {},
    index: leg,
    total: legs.states.length,
    failFast: legs.failFast,
    maxParallel: legs.maxParallel,
  }
}

async function complete(run: Run, which: Which, result: JobResult): Promise<void> {
  const ended = {
    status: 'completed' as const,
    conclusion: result.conclusion,
    outputs: result.outputs,
    completedAt: run.dependencies.now(),
  }
  const leg = which.leg === undefined ? undefined : stateOf(run, which)
  if (leg) Object.assign(leg, ended)
  else run.states[which.key] = ended
  const name = nameOf(run, which)
  run.groups.leave(name)
  run.results[name] = result
  await run.reporter.jobCompleted(name, result)
}

async function runOne(run: Run, request: JobRequest, name: string, signal: AbortSignal): Promise<JobResult> {
  try {
    return await runJob(request, run.dependencies, run.reporter.job(name), signal)
  } catch (error) {
    // No server tries it again elsewhere: what the machine could not do ends the job.
    const message = error instanceof Error ? error.message : String(error)
    return { conclusion: 'failure', outputs: {}, reason: message }
  }
}

function numberOf(workflow: Workflow, key: string): number {
  return workflow.jobs.findIndex((job) => job.key === key) + 1
}
