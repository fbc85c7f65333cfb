import { Failure } from '../base/failure.ts'
import type { JsonValue } from '../base/json.ts'
import type { Contexts } from '../expressions/contexts.ts'
import { evaluateCondition, namesStatus } from '../expressions/evaluate.ts'
import type { WorkflowJob } from '../workflow/model.ts'
import {
  type Above,
  isFailure,
  type JobConclusion,
  type Known,
  type NeedsOf,
  type PlanOptions,
  type SettledJob,
} from './job-state.ts'

/** What the needs of a job came to, and everything above them. */
export function aboveOf(job: WorkflowJob, known: ReadonlyMap<string, Known>): Above {
  const needs = job.needs.flatMap((need) => known.get(need) ?? [])
  return {
    allSucceeded: needs.every((need) => need.result === 'success' && need.above.allSucceeded),
    anyFailed: needs.some((need) => isFailure(need.result) || need.above.anyFailed),
  }
}

/** How a job ends without running; undefined when it is to start. */
export function decide(
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
  if (options.cancelled) {
    const reason = options.cancelReason ?? 'the run was cancelled'
    return { key: job.key, conclusion: 'cancelled', reason }
  }
  return { key: job.key, conclusion: 'skipped', reason: skipReason(entry, known, expression) }
}

/** What is said of a need that did not succeed. */
const words: Record<Exclude<JobConclusion, 'success'>, string> = {
  failure: 'failed',
  timed_out: 'ran out of time',
  cancelled: 'was cancelled',
  skipped: 'was skipped',
}

function skipReason(entry: Known, known: ReadonlyMap<string, Known>, expression: string): string {
  if (namesStatus(expression) || entry.above.allSucceeded) return `its if is false: ${expression}`
  for (const need of entry.job.needs) {
    const result = known.get(need)?.result
    if (result !== undefined && result !== 'success') return `${need} ${words[result]}`
  }
  return 'a job further up did not succeed'
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

/** What expressions of a job may read before it has a machine. */
export function contextsOf(
  job: WorkflowJob,
  known: ReadonlyMap<string, Known>,
  options: PlanOptions,
): Contexts {
  const needs: { [key: string]: JsonValue } = {}
  for (const [key, need] of Object.entries(needsOf(job, known))) {
    // GitHub has no word for a job out of time in this context: it failed.
    needs[key] = { result: need.result === 'timed_out' ? 'failure' : need.result, outputs: need.outputs }
  }
  return { ...options.contexts, needs }
}

/** The `needs` of a job; one that has not ended counts as skipped. */
export function needsOf(job: WorkflowJob, known: ReadonlyMap<string, Known>): NeedsOf {
  const needs: NeedsOf = {}
  for (const key of job.needs) {
    const need = known.get(key)
    if (need) needs[key] = { result: need.result ?? 'skipped', outputs: need.outputs }
  }
  return needs
}
