import { Failure } from '../base/failure.ts'
import type { Contexts } from '../expressions/contexts.ts'
import { evaluateTemplate } from '../expressions/evaluate.ts'
import type { WorkflowJob } from '../workflow/model.ts'
import {
  isFailure,
  type JobConclusion,
  type Known,
  type LegState,
  type Legs,
  type SettledJob,
} from './job-state.ts'

/** What is next for the legs of one job. */
export interface LegsPlan {
  /** Places of legs that may start now, in order. */
  start: number[]
  settle: SettledJob[]
  /** Places of legs that run and are to be cancelled. */
  cancel: number[]
  /** Undefined until all have ended, those that are settled here included. */
  result: JobConclusion | undefined
}

/** The first that any job or leg came to, in this order. */
export const precedence: readonly JobConclusion[] = [
  'failure',
  'timed_out',
  'cancelled',
  'success',
  'skipped',
]

/** Plans the legs of a job: as many at once as it wants, none any more once one failed and fail-fast holds. */
export function planLegs(
  { job }: Known,
  legs: Legs,
  options: { contexts: Contexts; mayRun: boolean; cancelReason?: string | undefined },
): LegsPlan {
  const results = legs.states.map((leg) =>
    leg.status === 'completed'
      ? resultOf(job, leg, { ...options.contexts, matrix: leg.combination })
      : undefined,
  )
  const failed = legs.failFast ? results.findIndex((result) => isFailure(result)) : -1
  const plan: LegsPlan = { start: [], settle: [], cancel: [], result: undefined }
  const running = legs.states.filter((leg) => leg.status === 'in_progress').length
  let room = (legs.maxParallel ?? Number.POSITIVE_INFINITY) - running
  for (const [leg, { status }] of legs.states.entries()) {
    if (failed >= 0 && status === 'in_progress') plan.cancel.push(leg)
    if (status !== 'queued') continue
    if (failed >= 0 || !options.mayRun) {
      const reason =
        failed >= 0 ? 'another job of the matrix failed' : (options.cancelReason ?? 'the run was cancelled')
      plan.settle.push({ key: job.key, leg, conclusion: 'cancelled', reason })
      results[leg] = 'cancelled'
    } else if (room-- > 0) plan.start.push(leg)
  }
  if (results.every((result) => result !== undefined)) {
    plan.result = precedence.find((conclusion) => results.includes(conclusion)) ?? 'skipped'
  }
  return plan
}

/** Outputs of all legs: the one that ended last wins, but an empty value never replaces another. */
export function outputsOf(legs: Legs): Record<string, string> {
  const ended = legs.states.toSorted((a, b) => (a.completedAt ?? 0) - (b.completedAt ?? 0))
  const outputs: Record<string, string> = {}
  for (const leg of ended) {
    for (const [name, value] of Object.entries(leg.outputs ?? {})) {
      if (value !== '' || !Object.hasOwn(outputs, name)) outputs[name] = value
    }
  }
  return outputs
}

/** continue-on-error turns a failed job into a success for its dependants, its matrix and the run. */
export function resultOf(job: WorkflowJob, state: LegState, contexts: Contexts): JobConclusion {
  const conclusion = state.conclusion ?? 'failure'
  const template = job.continueOnError
  if (!template || !isFailure(conclusion)) return conclusion
  try {
    const forgiven = evaluateTemplate(template.source, contexts) === 'true'
    return forgiven ? 'success' : conclusion
  } catch (error) {
    if (error instanceof Failure) return conclusion
    throw error
  }
}
