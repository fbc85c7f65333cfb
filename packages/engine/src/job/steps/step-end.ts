import { Failure } from '@signalbox/core/base/failure.ts'
import { evaluateTemplate } from '@signalbox/core/expressions/evaluate.ts'
import type { Step, Template } from '@signalbox/core/workflow/model.ts'
import { contextsOf, type JobState } from '../job-state.ts'
import type { Conclusion } from '../port.ts'

/** How the work of a step ended, before continue-on-error. */
export interface StepEnd {
  outcome: Conclusion
  exitCode?: number
  reason?: string
  outputs: Record<string, string>
}

/** Milliseconds of a `timeout-minutes`. Throws a Failure when it is not a number above zero. */
export function minutes(
  template: Template | undefined,
  evaluate: (source: string) => string,
): number | undefined {
  if (!template) return undefined
  const value = Number(evaluate(template.source))
  if (Number.isFinite(value) && value > 0) return Math.min(value * 60_000, 2 ** 31 - 1)
  throw new Failure('invalid-timeout', `timeout-minutes is no number above 0: ${template.source}`)
}

/** A Failure is the step's own; anything else is a fault of ours, and still must not end the process. */
export function endOf(error: unknown): StepEnd {
  const message = error instanceof Error ? error.message : String(error)
  const end = /[.!?]$/.test(message) ? '' : '.'
  const hint = error instanceof Failure && error.hint ? `${end} ${error.hint}` : ''
  return { outcome: 'failure', reason: `${message}${hint}`, outputs: {} }
}

/** How a step counts: continue-on-error turns a failure into a success. */
export function conclusionOf(
  state: JobState,
  step: Step,
  end: StepEnd,
  own: Record<string, string>,
): Conclusion {
  if (end.outcome !== 'failure' && end.outcome !== 'timed_out') return end.outcome
  if (!step.continueOnError) return end.outcome
  try {
    const forgiven = evaluateTemplate(
      step.continueOnError.source,
      contextsOf(state, { ...state.env, ...own }),
    )
    return forgiven === 'true' ? 'success' : end.outcome
  } catch {
    return end.outcome
  }
}
