import { Failure } from '../base/failure.ts'
import type { Contexts } from '../expressions/contexts.ts'
import type { Workflow, WorkflowJob } from '../workflow/model.ts'
import { inputsOfCall, outputsOfCall } from './call-values.ts'
import { aboveOf, contextsOf, decide, needsOf } from './decide.ts'
import { expandStrategy } from './expand-matrix.ts'
import type {
  CallPath,
  CallStep,
  JobConclusion,
  JobState,
  Known,
  LegState,
  Legs,
  PlanOptions,
  SettledJob,
} from './job-state.ts'
import { legContexts } from './leg-contexts.ts'
import type { ClosedCall, Plan } from './plan-jobs.ts'
import { outputsOf, planLegs, precedence, resultOf } from './plan-legs.ts'

/** What is found on one walk over a run and all that it calls. */
export interface Walk {
  plan: Omit<Plan, 'complete' | 'conclusion'>
  /** Jobs and legs met so far, those that begin now included. */
  count: number
}

/** One workflow on the walk. */
export interface Level {
  options: PlanOptions
  /** Left out for the run itself. */
  calls?: CallPath
  /** What runs in it is to be cancelled, though the run goes on. */
  stopping?: boolean
}

/** Calls can multiply: 10 levels of 10 calls each would be more jobs than a database holds. */
const maxJobs = 5000

/** Looks at each job of a workflow once, those that it needs first. */
export function walkJobs(
  walk: Walk,
  workflow: Pick<Workflow, 'jobs'>,
  states: Readonly<Record<string, JobState | undefined>>,
  level: Level,
): Map<string, Known> {
  const known = new Map<string, Known>()
  for (const job of inOrder(workflow.jobs)) {
    const state = Object.hasOwn(states, job.key) ? states[job.key] : undefined
    const above = aboveOf(job, known)
    const entry: Known = { job, state, result: undefined, outputs: {}, above }
    known.set(job.key, entry)
    walk.count += state?.legs?.states.length ?? 1
    const scene = { walk, known, level }
    if (state?.legs) visitLegs(scene, entry, state.legs)
    else if (state) visitBegun(scene, entry, state)
    else if (job.needs.every((need) => known.get(need)?.result !== undefined)) begin(scene, entry)
  }
  return known
}

interface Scene {
  walk: Walk
  known: ReadonlyMap<string, Known>
  level: Level
}

function visitBegun(scene: Scene, entry: Known, begun: JobState): void {
  const { job } = entry
  const state = visitCall(scene, { job, state: begun, step: { key: job.key } })
  if (state.status !== 'completed') {
    cancelIfStopping(scene, state, { key: job.key })
    return
  }
  entry.result = resultOf(job, state, contextsOf(job, scene.known, scene.level.options))
  entry.outputs = state.outputs ?? {}
}

/** Decides on a job that has not begun and whose needs have all ended. */
function begin(scene: Scene, entry: Known): void {
  const { known, level, walk } = scene
  const { job } = entry
  const settle = (settled: SettledJob) => {
    walk.plan.settle.push({ ...placeOf(level), ...settled })
    entry.result = settled.conclusion
  }
  const settled = decide(entry, known, level.options)
  if (settled) {
    settle(settled)
    return
  }
  const needs = needsOf(job, known)
  if (!job.strategy?.matrix) {
    if (!job.call) walk.plan.start.push({ ...placeOf(level), key: job.key, needs })
    else {
      const reason = open(scene, job, {
        step: { key: job.key },
        contexts: contextsOf(job, known, level.options),
      })
      if (reason !== undefined) settle({ key: job.key, conclusion: 'failure', reason })
    }
    return
  }
  try {
    const strategy = expandStrategy(job.strategy, contextsOf(job, known, level.options))
    walk.plan.expand.push({ ...placeOf(level), key: job.key, strategy, needs })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    settle({ key: job.key, conclusion: 'failure', reason: `strategy: ${error.message}` })
  }
}

function visitLegs(scene: Scene, entry: Known, asked: Legs): void {
  const { known, level, walk } = scene
  const { job } = entry
  const contexts = contextsOf(job, known, level.options)
  // After a cancel only a job that asked to run then, by always() or cancelled(), goes on with its legs.
  const mayRun = !level.options.cancelled || decide(entry, known, level.options) === undefined
  const states = asked.states.map((leg, index) => ({
    ...visitCall(scene, { job, state: leg, step: { key: job.key, leg: index } }),
    combination: leg.combination,
  }))
  const legs = { ...asked, states }
  const options = { contexts, mayRun, cancelReason: level.options.cancelReason }
  let plan = planLegs(entry, legs, options)
  // A leg that cannot be called has failed, which may change what becomes of the others.
  while (job.call && breakFirst(scene, { entry, legs, contexts }, plan.start)) {
    plan = planLegs(entry, legs, options)
  }
  const needs = needsOf(job, known)
  for (const leg of plan.start) {
    if (job.call)
      open(scene, job, { step: { key: job.key, leg }, contexts: legContextsOf(contexts, legs, leg) })
    else walk.plan.start.push({ ...placeOf(level), key: job.key, leg, needs })
  }
  walk.plan.settle.push(...plan.settle.map((settled) => ({ ...placeOf(level), ...settled })))
  walk.plan.cancel.push(...plan.cancel.map((leg) => ({ ...placeOf(level), key: job.key, leg })))
  for (const [leg, state] of states.entries()) {
    if (!plan.cancel.includes(leg)) cancelIfStopping(scene, state, { key: job.key, leg })
  }
  entry.result = plan.result
  if (plan.result !== undefined) entry.outputs = outputsOf(legs)
}

/** Settles the first of these legs whose inputs cannot be had; false when all of them can. */
function breakFirst(
  { walk, level }: Scene,
  { entry: { job }, legs, contexts }: { entry: Known; legs: Legs; contexts: Contexts },
  start: readonly number[],
): boolean {
  for (const leg of start) {
    const reason = inputsOf(job, legContextsOf(contexts, legs, leg)).reason
    const state = legs.states[leg]
    if (reason === undefined || !state) continue
    walk.plan.settle.push({ ...placeOf(level), key: job.key, leg, conclusion: 'failure', reason })
    legs.states[leg] = { ...state, status: 'completed', conclusion: 'failure' }
    return true
  }
  return false
}

function legContextsOf(contexts: Contexts, legs: Legs, index: number): Contexts {
  const { failFast, maxParallel, states } = legs
  const combination = states[index]?.combination ?? {}
  return { ...contexts, ...legContexts({ combination, index, total: states.length, failFast, maxParallel }) }
}

function inputsOf(job: WorkflowJob, contexts: Contexts) {
  try {
    if (!job.call?.workflow) throw new Failure('unknown-workflow', 'the called workflow was not read')
    return { inputs: inputsOfCall(job.call, contexts) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { reason: `with: ${error.message}` }
  }
}

/** Lets a called workflow begin; answers why not. */
function open(
  { walk, known, level }: Scene,
  job: WorkflowJob,
  { step, contexts }: { step: CallStep; contexts: Contexts },
): string | undefined {
  const { inputs, reason } = inputsOf(job, { ...legContexts(undefined), ...contexts })
  if (!inputs) return reason
  walk.count += job.call?.workflow?.jobs.length ?? 0
  if (walk.count > maxJobs) return `with what it calls the run would have more than ${maxJobs} jobs`
  walk.plan.open.push({ ...placeOf(level), ...step, inputs, needs: needsOf(job, known) })
  return undefined
}

/** What a leg or job came to after a look at the workflow that it called, if it did. */
function visitCall(
  { walk, level }: Scene,
  { job, state, step }: { job: WorkflowJob; state: LegState; step: CallStep },
): LegState {
  const called = job.call?.workflow
  if (!called?.call || !state.call || state.status === 'completed') return state
  const { inputs, jobs } = state.call
  const stopping = level.stopping || state.cancelRequested
  const inner: Level = {
    options: {
      ...level.options,
      contexts: { ...level.options.contexts, inputs },
      ...(stopping && { cancelled: true, cancelReason: 'the job that called its workflow was cancelled' }),
    },
    calls: [...(level.calls ?? []), step],
    stopping,
  }
  const known = [...walkJobs(walk, called, jobs, inner).values()]
  if (known.some((entry) => entry.result === undefined)) return state
  const ended = closed(called.call, known, inner)
  walk.plan.close.push({ ...placeOf(level), ...step, ...ended })
  // It ends now, after every leg whose end is stored.
  return { ...state, ...ended, status: 'completed', completedAt: Number.MAX_SAFE_INTEGER }
}

function closed(
  declared: NonNullable<Workflow['call']>,
  known: Known[],
  { options }: Level,
): Pick<ClosedCall, 'conclusion' | 'outputs' | 'reason'> {
  const conclusion = conclude(known, options)
  const jobs = known.map(({ job, result, outputs }) => ({
    key: job.key,
    result: result ?? 'skipped',
    outputs,
  }))
  try {
    return { conclusion, outputs: outputsOfCall(declared, jobs, options.contexts ?? {}) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { conclusion: 'failure', outputs: {}, reason: `outputs: ${error.message}` }
  }
}

/** In a called workflow that was told to stop, all stop but those that began because of that. */
function cancelIfStopping({ walk, level }: Scene, state: LegState, step: CallStep): void {
  if (!level.stopping || state.call || state.status !== 'in_progress' || state.despiteCancel) return
  walk.plan.cancel.push({ ...placeOf(level), ...step })
}

function placeOf({ calls }: Level): { calls?: CallPath } {
  return calls ? { calls } : {}
}

/** What jobs come to together. */
export function conclude(entries: readonly Known[], options: PlanOptions): JobConclusion {
  const found =
    precedence.find((conclusion) => entries.some((entry) => entry.result === conclusion)) ?? 'skipped'
  return options.cancelled && found !== 'failure' ? 'cancelled' : found
}

/** Needed jobs first. A job in a circle, which parsing refuses, comes never. */
function inOrder(jobs: readonly WorkflowJob[]): WorkflowJob[] {
  const waiting = new Map(jobs.map((job) => [job.key, job.needs.length]))
  const dependants = new Map<string, WorkflowJob[]>(jobs.map((job) => [job.key, []]))
  for (const job of jobs) for (const need of job.needs) dependants.get(need)?.push(job)
  const order = jobs.filter((job) => job.needs.length === 0)
  for (const job of order) {
    for (const next of dependants.get(job.key) ?? []) {
      const rest = (waiting.get(next.key) ?? 0) - 1
      waiting.set(next.key, rest)
      if (rest === 0) order.push(next)
    }
  }
  if (order.length !== jobs.length)
    throw new Failure('invalid-needs', 'the needs of the jobs lead in a circle')
  return order
}
