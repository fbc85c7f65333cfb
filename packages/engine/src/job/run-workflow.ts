import { Failure } from '@signalbox/core/base/failure.ts'
import { type CallScene, enterCall } from '@signalbox/core/plan/call-scene.ts'
import { grantsIdToken } from '@signalbox/core/plan/grants-id-token.ts'
import {
  type JobPlace,
  jobPath,
  levelOf,
  putState,
  type RunStates,
  stateIn,
} from '@signalbox/core/plan/job-path.ts'
import { legContexts } from '@signalbox/core/plan/leg-contexts.ts'
import { type Plan, planJobs } from '@signalbox/core/plan/plan-jobs.ts'
import { needsContext } from './job-state.ts'
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

/**
 * Who hears of each job; a leg of a matrix is a job of its own, whose key is `job (value, value)`, and a job of a
 * called workflow has its caller's key before its own: `caller / job`.
 */
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
  const run: Run = {
    ...{ request, dependencies, reporter, signal, contexts },
    groups: createRunGroups(request.workflow, contexts),
    ...{ states: {}, results: {}, running: new Map(), called: new Map(), begun: 0 },
  }
  for (;;) {
    const plan = planJobs(request.workflow, run.states, { contexts, cancelled: signal.aborted })
    for (const settled of plan.settle) {
      const { conclusion, reason } = settled
      await complete(run, settled, { conclusion, outputs: {}, reason })
    }
    for (const { conclusion, outputs, reason, ...place } of plan.close) {
      await complete(run, place, { conclusion, outputs, ...(reason === undefined ? {} : { reason }) })
    }
    const stopped = plan.cancel.filter((place) => stop(run, place))
    for (const expanded of plan.expand) await expand(run, expanded)
    if (plan.expand.length + stopped.length > 0) continue
    if (plan.complete) return { conclusion: plan.conclusion ?? 'failure', jobs: run.results }
    const ready = await takeTurns(run, [...plan.open, ...plan.start])
    // What a group ended may be needed by others.
    if (!ready) continue
    const opened = plan.open.filter((call) => ready.includes(call))
    for (const call of opened) await open(run, call)
    if (opened.length > 0) continue
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
  contexts: CallScene['contexts']
  groups: RunGroups
  states: RunStates
  results: Record<string, JobResult>
  running: Map<string, { ended: Promise<void>; cancel: AbortController }>
  /** Calling jobs whose workflow is under way, by their names. */
  called: Map<string, { place: JobPlace; scene: CallScene }>
  /** Jobs of called workflows that have begun. */
  begun: number
}

/** Tells a running job to stop; true for one that called a workflow, whose jobs are to be decided on anew. */
function stop(run: Run, place: JobPlace): boolean {
  run.running.get(jobPath(run.states, place))?.cancel.abort()
  const state = stateIn(levelOf(run.states, place), place)
  if (!state?.call || state.cancelRequested) return false
  state.cancelRequested = true
  return true
}

async function expand(run: Run, { strategy, ...place }: Plan['expand'][number]): Promise<void> {
  const { failFast, maxParallel } = strategy
  const { wantsLeg } = run.request
  // Legs are asked for by the matrices of the file that a person names, not by those of what it calls.
  const combinations =
    wantsLeg && !place.calls
      ? strategy.combinations.filter((one) => wantsLeg(place.key, one))
      : strategy.combinations
  if (combinations.length === 0 && strategy.combinations.length > 0) {
    const reason = 'no leg of its matrix is among those that were asked for'
    await complete(run, place, { conclusion: 'failure', outputs: {}, reason })
    return
  }
  const states = combinations.map((combination) => ({ status: 'queued' as const, combination }))
  levelOf(run.states, place)[place.key] = { status: 'in_progress', legs: { states, failFast, maxParallel } }
}

/** Those whose group is theirs now; undefined when a job ended without having run, so that it is planned anew. */
async function takeTurns(run: Run, starts: Plan['start']): Promise<Plan['start'] | undefined> {
  const waiting = new Map(starts.map((start) => [jobPath(run.states, start), start]))
  const ready: Plan['start'] = []
  let ended = false
  for (const start of starts) {
    const scene = sceneOf(run, start)
    const job = scene.workflow.jobs.find((one) => one.key === start.key)
    const name = jobPath(run.states, start)
    if (!job || !waiting.has(name)) continue
    const leg = legOf(run, start)
    const contexts = { ...scene.contexts, needs: needsContext(start), ...legContexts(leg) }
    const turn = run.groups.turn(name, job, contexts)
    for (const { name: other, reason } of turn.cancel) {
      const running = run.running.get(other)
      const called = run.called.get(other)
      const which = waiting.get(other)
      if (running) running.cancel.abort(new Failure('overtaken', reason))
      else if (called) stop(run, called.place)
      else if (which) await complete(run, which, { conclusion: 'cancelled', outputs: {}, reason })
      if (!running && !called) waiting.delete(other)
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

/** The called workflow has begun; the plan finds its jobs. */
async function open(run: Run, { inputs, needs, ...place }: Plan['open'][number]): Promise<void> {
  const scene = sceneOf(run, place)
  putState(run.states, place, { status: 'in_progress', call: { inputs, jobs: {} } })
  try {
    run.called.set(jobPath(run.states, place), { place, scene: enterCall(scene, place, needs) })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    await complete(run, place, { conclusion: 'failure', outputs: {}, reason: `secrets: ${error.message}` })
  }
}

/** The workflow that a job is of, with what its jobs see. */
function sceneOf(run: Run, { calls = [] }: JobPlace): CallScene {
  const { workflow, secrets } = run.request
  const last = calls.at(-1)
  const called = last && run.called.get(jobPath(run.states, { ...last, calls: calls.slice(0, -1) }))
  return called?.scene ?? { workflow, secrets, states: run.states, contexts: run.contexts }
}

function begin(run: Run, { needs, ...place }: Plan['start'][number]): void {
  const { request, signal } = run
  const name = jobPath(run.states, place)
  const cancel = new AbortController()
  putState(run.states, place, {
    status: 'in_progress',
    ...(isStopping(run, place) && { despiteCancel: true }),
  })
  const { workflow, secrets, contexts } = sceneOf(run, place)
  const job: JobRequest = {
    ...request,
    id: `${request.id}-${idOf(run, place)}`,
    workflow,
    // A called workflow runs in the name of the first one.
    github: { workflow: request.workflow.name ?? request.workflow.file, ...request.github },
    secrets,
    inputs: contexts.inputs ?? {},
    jobKey: place.key,
    idToken: grantsIdToken(request.workflow, place.calls ?? [], place.key),
    leg: legOf(run, place),
    needs,
  }
  // What starts after a cancel is a job that asked to run then, by always() or cancelled().
  const stop = signal.aborted ? cancel.signal : AbortSignal.any([signal, cancel.signal])
  const ended = runOne(run, job, name, stop)
    .then((result) => complete(run, place, result))
    .finally(() => run.running.delete(name))
  run.running.set(name, { ended, cancel })
}

/** Whether a calling job around this one was told to stop. */
function isStopping(run: Run, { calls = [] }: JobPlace): boolean {
  return calls.some((step, index) => {
    return stateIn(levelOf(run.states, { calls: calls.slice(0, index) }), step)?.cancelRequested
  })
}

function idOf(run: Run, { calls, key, leg }: JobPlace): string {
  if (calls) return `called-${++run.begun}`
  const number = run.request.workflow.jobs.findIndex((job) => job.key === key) + 1
  return leg === undefined ? String(number) : `${number}-${leg + 1}`
}

function legOf(run: Run, place: JobPlace): Leg | undefined {
  const legs = levelOf(run.states, place)[place.key]?.legs
  if (place.leg === undefined || !legs) return undefined
  return {
    combination: legs.states[place.leg]?.combination ?? {},
    index: place.leg,
    total: legs.states.length,
    failFast: legs.failFast,
    maxParallel: legs.maxParallel,
  }
}

async function complete(run: Run, place: JobPlace, result: JobResult): Promise<void> {
  putState(run.states, place, {
    status: 'completed',
    conclusion: result.conclusion,
    outputs: result.outputs,
    completedAt: run.dependencies.now(),
  })
  const name = jobPath(run.states, place)
  run.called.delete(name)
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
