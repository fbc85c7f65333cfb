import type { CancelStep, WaitStep } from '@signalbox/core/workflow/model.ts'
import type { JobState } from './job-state.ts'
import { createStepLog } from './log/step-log.ts'
import type { Conclusion } from './port.ts'
import type { BackgroundSteps, Beside } from './steps/background-steps.ts'
import { nameOf, settle } from './steps/run-step.ts'
import { conclusionOf, type StepEnd } from './steps/step-end.ts'

/** Runs a step that waits for steps in the background or ends one; it always runs. Throws when the reporter is lost. */
export async function runControl(
  state: JobState,
  step: WaitStep | CancelStep,
  beside: BackgroundSteps,
): Promise<void> {
  const { reporter, masker } = state
  const startedAt = performance.now()
  const log = createStepLog({ step: step.number, reporter, masker, now: state.dependencies.now })
  const name = masker.mask(await nameOf(state, step, {}))
  await reporter.stepStarted({ number: step.number, name })
  const numbers = step.kind === 'cancel' ? [step.of] : step.for
  if (step.kind === 'cancel') beside.cancel(step.of)
  const ended = await beside.ended(numbers)
  for (const one of ended) {
    const called = await nameOf(state, one.step, {})
    log.say('system', `${one.step.number} ${called}: ${one.finished.conclusion}`)
  }
  if (ended.length === 0) log.say('system', 'No step was begun in the background.')
  const end = endOf(ended, step)
  const conclusion = conclusionOf(state, step, end, {})
  beside.takeOver(numbers, { forgiven: end.outcome !== conclusion })
  if (end.reason) log.say('system', `Error: ${end.reason}`)
  await log.close()
  settle(state, step, { end, conclusion })
  await reporter.stepCompleted({
    number: step.number,
    name,
    outcome: end.outcome,
    conclusion,
    outputs: {},
    reason: end.reason,
    durationMs: Math.round(performance.now() - startedAt),
  })
}

/** A step that cancels is a success whatever came of the other; one that waits fails with those that it waits for. */
function endOf(ended: readonly Beside[], step: WaitStep | CancelStep): StepEnd {
  const bad = (conclusion: Conclusion) => conclusion === 'failure' || conclusion === 'timed_out'
  const failed = ended.filter(({ finished }) => bad(finished.conclusion))
  const stopped = ended.some(
    ({ finished, wasCancelled }) => finished.conclusion === 'cancelled' && !wasCancelled,
  )
  if (step.kind === 'cancel') return { outcome: 'success', outputs: {} }
  if (failed.length > 0) {
    const which = failed.map((one) => one.step.number).join(' and ')
    return { outcome: 'failure', reason: `step ${which} failed in the background`, outputs: {} }
  }
  return { outcome: stopped ? 'cancelled' : 'success', outputs: {} }
}
