import { Failure } from '../base/failure.ts'
import type { Workflow, WorkflowJob } from '../workflow/model.ts'
import { aboveOf, contextsOf, decide, needsOf } from './decide.ts'
import { type ExpandedStrategy, expandStrategy } from './expand-matrix.ts'
import type { JobConclusion, JobState, Known, Legs, NeedsOf, PlanOptions, SettledJob } from './job-state.ts'
import { outputsOf, planLegs, precedence, resultOf } from './plan-legs.ts'

/** What is next. `settle` is to be stored like results; what follows from it is already counted. */
export interface Plan {
  /** Jobs and legs (their place from 0) that may start now, in the workflow's order. */
  start: Array<{ key: string; leg?: number; needs: NeedsOf }>
  /** Jobs that may start as legs: to be stored as such, then planned again. */
  expand: Array<{ key: string; strategy: ExpandedStrategy; needs: NeedsOf }>
  settle: SettledJob[]
  /** Legs that run and are to be cancelled, because another one failed. */
  cancel: Array<{ key: string; leg: number }>
  complete: boolean
  /** Only when complete. */
  conclusion?: JobConclusion
}

type Steps = Omit<Plan, 'complete' | 'conclusion'>
type States = Readonly<Record<string, JobState | undefined>>

/** Which jobs may start, which end without running, and whether the run is over. Linear in jobs and needs. */
export function planJobs(workflow: Pick<Workflow, 'jobs'>, states: States, options: PlanOptions = {}): Plan {
  const { plan, known } = walk(workflow, states, options)
  const order = new Map(workflow.jobs.map((job, index) => [job.key, index]))
  // Legs stay in their order: sorting is stable.
  plan.start.sort((a, b) => (order.get(a.key) ?? 0) - (order.get(b.key) ?? 0))
  const complete = [...known.values()].every((entry) => entry.result !== undefined)
  if (!complete) return { ...plan, complete }
  return { ...plan, complete, conclusion: conclude([...known.values()], options) }
}

/** What the `needs` of one job hold, as the plan sees them now. */
export function needsOfJob(
  workflow: Pick<Workflow, 'jobs'>,
  states: States,
  key: string,
  options: PlanOptions = {},
): NeedsOf {
  const { known } = walk(workflow, states, options)
  const entry = known.get(key)
  return entry ? needsOf(entry.job, known) : {}
}

function walk(workflow: Pick<Workflow, 'jobs'>, states: States, options: PlanOptions) {
  const known = new Map<string, Known>()
  const plan: Steps = { start: [], expand: [], settle: [], cancel: [] }
  for (const job of inOrder(workflow.jobs)) {
    const state = Object.hasOwn(states, job.key) ? states[job.key] : undefined
    const above = aboveOf(job, known)
    const entry: Known = { job, state, result: undefined, outputs: {}, above }
    known.set(job.key, entry)
    if (state?.legs) planEntryLegs(plan, { entry, legs: state.legs }, known, options)
    else if (state) {
      if (state.status !== 'completed') continue
      entry.result = resultOf(job, state, contextsOf(job, known, options))
      entry.outputs = state.outputs ?? {}
    } else if (job.needs.every((need) => known.get(need)?.result !== undefined)) {
      begin(plan, entry, known, options)
    }
  }
  return { plan, known }
}

/** Decides on a job that has not begun and whose needs have all ended. */
function begin(plan: Steps, entry: Known, known: ReadonlyMap<string, Known>, options: PlanOptions): void {
  const { job } = entry
  const settle = (settled: SettledJob) => {
    plan.settle.push(settled)
    entry.result = settled.conclusion
  }
  const settled = decide(entry, known, options)
  if (settled) {
    settle(settled)
    return
  }
  const needs = needsOf(job, known)
  if (!job.strategy?.matrix) {
    plan.start.push({ key: job.key, needs })
    return
  }
  try {
    const strategy = expandStrategy(job.strategy, contextsOf(job, known, options))
    plan.expand.push({ key: job.key, strategy, needs })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    settle({ key: job.key, conclusion: 'failure', reason: `strategy: ${error.message}` })
  }
}

function planEntryLegs(
  plan: Steps,
  { entry, legs: asked }: { entry: Known; legs: Legs },
  known: ReadonlyMap<string, Known>,
  options: PlanOptions,
): void {
  const { job } = entry
  const contexts = contextsOf(job, known, options)
  // After a cancel only a job that asked to run then, by always() or cancelled(), goes on with its legs.
  const mayRun = !options.cancelled || decide(entry, known, options) === undefined
  const legs = planLegs(entry, asked, { contexts, mayRun })
  const needs = needsOf(job, known)
  plan.start.push(...legs.start.map((leg) => ({ key: job.key, leg, needs })))
  plan.settle.push(...legs.settle)
  plan.cancel.push(...legs.cancel.map((leg) => ({ key: job.key, leg })))
  entry.result = legs.result
  if (legs.result !== undefined) entry.outputs = outputsOf(asked)
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

function conclude(entries: readonly Known[], options: PlanOptions): JobConclusion {
  const found =
    precedence.find((conclusion) => entries.some((entry) => entry.result === conclusion)) ?? 'skipped'
  return options.cancelled && found !== 'failure' ? 'cancelled' : found
}
