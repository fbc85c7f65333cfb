import { Failure } from '../base/failure.ts'
import type { Contexts, JsonValue } from '../expressions/contexts.ts'
import { evaluateCondition, evaluateTemplate, namesStatus } from '../expressions/evaluate.ts'
import type { Workflow, WorkflowJob } from '../workflow/model.ts'

/** How a job ended. */
export type JobConclusion = 'success' | 'failure' | 'cancelled' | 'skipped' | 'timed_out'

/** What is known of a job; one without a state has not been started. */
export interface JobState {
  status: 'queued' | 'in_progress' | 'completed'
  /** Only when completed. */
  conclusion?: JobConclusion
  outputs?: Record<string, string>
}

/** What conditions of jobs may read, and whether the run was asked to stop. */
export interface PlanOptions {
  contexts?: Pick<Contexts, 'github' | 'inputs' | 'vars'>
  cancelled?: boolean
}

/** A job's result and outputs as its dependants see them: continue-on-error already counted. */
export type NeedsOf = Record<string, { result: JobConclusion; outputs: Record<string, string> }>

/** A job that ends without having run. */
export interface SettledJob {
  key: string
  conclusion: 'skipped' | 'cancelled' | 'failure'
  reason: string
}

/** What is next. `settle` is to be stored like results; what follows from it is already counted. */
export interface Plan {
  /** Jobs that may start now, with what their `needs` context holds, in the workflow's order. */
  start: Array<{ key: string; needs: NeedsOf }>
  settle: SettledJob[]
  complete: boolean
  /** Only when complete. */
  conclusion?: JobConclusion
}

/** What the jobs above a job came to: its status functions look at all ancestors, not only at its needs. */
interface Above {
  allSucceeded: boolean
  anyFailed: boolean
}

interface Known {
  job: WorkflowJob
  state: JobState | undefined
  /** With continue-on-error counted; undefined until completed. */
  result: JobConclusion | undefined
  above: Above
}

/** Which jobs may start, which end without running, and whether the run is over. Linear in jobs and needs. */
export function planJobs(
  workflow: Pick<Workflow, 'jobs'>,
  states: Readonly<Record<string, JobState | undefined>>,
  options: PlanOptions = {},
): Plan {
  const known = new Map<string, Known>()
  const plan: Plan = { start: [], settle: [], complete: true }
  for (const job of inOrder(workflow.jobs)) {
    const state = Object.hasOwn(states, job.key) ? states[job.key] : undefined
    const above = aboveOf(job, known)
    const entry: Known = { job, state, result: undefined, above }
    known.set(job.key, entry)
    if (state) {
      entry.result = state.status === 'completed' ? resultOf(entry, known, options) : undefined
      continue
    }
    if (job.needs.some((need) => known.get(need)?.result === undefined)) continue
    const settled = decide(entry, known, options)
    if (!settled) {
      plan.start.push({ key: job.key, needs: needsOf(job, known) })
      continue
    }
    plan.settle.push(settled)
    entry.result = settled.conclusion
  }
  plan.complete = [...known.values()].every((entry) => entry.result !== undefined)
  const order = new Map(workflow.jobs.map((job, index) => [job.key, index]))
  plan.start.sort((a, b) => (order.get(a.key) ?? 0) - (order.get(b.key) ?? 0))
  return plan.complete ? { ...plan, conclusion: conclude([...known.values()], options) } : plan
}

/** The name that people see: `name:` evaluated, or the key; text that cannot be evaluated stands as written. */
export function jobName(job: WorkflowJob, contexts: Contexts): string {
  if (!job.name) return job.key
  try {
    return evaluateTemplate(job.name.source, contexts) || job.key
  } catch (error) {
    if (error instanceof Failure) return job.name.source
    throw error
  }
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

function aboveOf(job: WorkflowJob, known: ReadonlyMap<string, Known>): Above {
  const needs = job.needs.flatMap((need) => known.get(need) ?? [])
  return {
    allSucceeded: needs.every((need) => need.result === 'success' && need.above.allSucceeded),
    anyFailed: needs.some((need) => isFailure(need.result) || need.above.anyFailed),
  }
}

function isFailure(result: JobConclusion | undefined): boolean {
  return result === 'failure' || result === 'timed_out'
}

/** Undefined when the job is to start. */
function decide(
  entry: Known,
  known: ReadonlyMap<string, Known>,
  options: PlanOptions,
): SettledJob | undefined {
  const { job } = entry
  const expression = job.if?.expression ?? ''
  try {
    if (evaluateCondition(expression, contextsOf(job, known, options), statusOf(entry, known, options)))
      return undefined
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { key: job.key, conclusion: 'failure', reason: `if: ${error.message}` }
  }
  if (options.cancelled) return { key: job.key, conclusion: 'cancelled', reason: 'the run was cancelled' }
  return { key: job.key, conclusion: 'skipped', reason: skipReason(entry, known, expression) }
}

function skipReason(entry: Known, known: ReadonlyMap<string, Known>, expression: string): string {
  if (!namesStatus(expression) && !entry.above.allSucceeded) {
    const bad = entry.job.needs.find((need) => known.get(need)?.result !== 'success')
    if (!bad) return 'a job further up did not succeed'
    const words = {
      failure: 'failed',
      timed_out: 'ran out of time',
      cancelled: 'was cancelled',
      skipped: 'was skipped',
    }
    const result = known.get(bad)?.result
    return `${bad} ${result && result !== 'success' ? words[result] : 'did not succeed'}`
  }
  return `its if is false: ${expression}`
}

function statusOf(entry: Known, known: ReadonlyMap<string, Known>, options: PlanOptions) {
  const named = (names: string[]) => names.map((name) => known.get(name)?.result)
  return {
    success: (names: string[]) =>
      !options.cancelled &&
      (names.length > 0 ? named(names).every((result) => result === 'success') : entry.above.allSucceeded),
    failure: (names: string[]) =>
      !options.cancelled && (names.length > 0 ? named(names).some(isFailure) : entry.above.anyFailed),
    cancelled: () => options.cancelled ?? false,
  }
}

function contextsOf(job: WorkflowJob, known: ReadonlyMap<string, Known>, options: PlanOptions): Contexts {
  const needs: { [key: string]: JsonValue } = {}
  for (const [key, need] of Object.entries(needsOf(job, known))) {
    // GitHub has no word for a job out of time in this context: it failed.
    needs[key] = { result: need.result === 'timed_out' ? 'failure' : need.result, outputs: need.outputs }
  }
  return { ...options.contexts, needs }
}

function needsOf(job: WorkflowJob, known: ReadonlyMap<string, Known>): NeedsOf {
  return Object.fromEntries(
    job.needs.map((key) => {
      const need = known.get(key)
      return [key, { result: need?.result ?? 'skipped', outputs: need?.state?.outputs ?? {} }]
    }),
  )
}

/** continue-on-error turns a failed job into a success for its dependants and for the run. */
function resultOf(entry: Known, known: ReadonlyMap<string, Known>, options: PlanOptions): JobConclusion {
  const conclusion = entry.state?.conclusion ?? 'failure'
  const template = entry.job.continueOnError
  if (!template || !isFailure(conclusion)) return conclusion
  try {
    const forgiven = evaluateTemplate(template.source, contextsOf(entry.job, known, options)) === 'true'
    return forgiven ? 'success' : conclusion
  } catch (error) {
    if (error instanceof Failure) return conclusion
    throw error
  }
}

/** The first that any job came to, in this order. */
const precedence: readonly JobConclusion[] = ['failure', 'timed_out', 'cancelled', 'success', 'skipped']

function conclude(entries: readonly Known[], options: PlanOptions): JobConclusion {
  const found =
    precedence.find((conclusion) => entries.some((entry) => entry.result === conclusion)) ?? 'skipped'
  return options.cancelled && found !== 'failure' ? 'cancelled' : found
}
