import { evaluateCondition, evaluateTemplate } from '@signalbox/core/expressions/evaluate.ts'
import type { Step, TaskStep } from '@signalbox/core/workflow/model.ts'
import { stepTitle } from '@signalbox/core/workflow/step-title.ts'
import { contextsOf, evaluateMap, type JobState, jobOf } from '../job-state.ts'
import { openLog } from '../log/open-log.ts'
import type { Conclusion } from '../port.ts'
import { perform, type StepWork } from './perform-step.ts'
import { conclusionOf, endOf, type StepEnd } from './step-end.ts'

/** How a step ended, and how it counts. */
export interface Finished {
  end: StepEnd
  conclusion: Conclusion
}

/** Runs one step, or skips it, and writes into the state what later steps see. Throws when the reporter is lost. */
export async function runStep(state: JobState, step: TaskStep, signal: AbortSignal): Promise<void> {
  settle(state, step, await executeStep(state, step, { signal }))
}

/** Runs one step, or skips it, and reports it. `ready` is waited for once it is decided that it runs. */
export async function executeStep(
  state: JobState,
  step: TaskStep,
  { signal, ready }: { signal: AbortSignal; ready?: Promise<void> },
): Promise<Finished> {
  const { reporter, masker } = state
  const log = openLog(state, step.number)
  const startedAt = performance.now()
  state.hashes.forget()
  const { own, skip, failed } = await state.hashes
    .known(() => begin(state, step))
    .catch((error: unknown): Beginning => ({ own: {}, skip: false, failed: endOf(error) }))
  const name = masker.mask(await nameOf(state, step, own))
  if (skip) {
    await reporter.stepCompleted({
      number: step.number,
      name,
      kind: step.kind,
      outcome: 'skipped',
      conclusion: 'skipped',
      outputs: {},
      durationMs: 0,
    })
    return { end: { outcome: 'skipped', outputs: {} }, conclusion: 'skipped' }
  }
  await ready
  await reporter.stepStarted({ number: step.number, name, kind: step.kind })
  const fileKey = String(step.number)
  const given: Omit<StepWork, 'env' | 'timeoutMs'> = { state, log, own, signal, fileKey, rootStep: step }
  const end = failed ?? (await perform(step, given))
  if (end.reason && end.outcome !== 'success') log.say('system', `Error: ${end.reason}`)
  const conclusion = conclusionOf(state, step, end, own)
  await log.close()
  await reporter.stepCompleted({
    number: step.number,
    name,
    kind: step.kind,
    outcome: end.outcome,
    conclusion,
    exitCode: end.exitCode,
    outputs: Object.fromEntries(
      Object.entries(end.outputs).map(([key, value]) => [masker.mask(key), masker.mask(value)]),
    ),
    reason: end.reason === undefined ? undefined : masker.mask(end.reason),
    durationMs: Math.round(performance.now() - startedAt),
  })
  return { end, conclusion }
}

interface Beginning {
  own: Record<string, string>
  skip: boolean
  failed?: StepEnd
}

function begin(state: JobState, step: TaskStep): Beginning {
  const own = evaluateMap(step.env, contextsOf(state))
  const runs = evaluateCondition(step.if?.expression ?? '', contextsOf(state, { ...state.env, ...own }), {
    success: () => state.status === 'success',
    failure: () => state.status === 'failure',
    cancelled: () => state.status === 'cancelled',
  })
  return { own, skip: !runs }
}

/** What a step is called in the log: its name, or what it runs. */
export async function nameOf(state: JobState, step: Step, own: Record<string, string>): Promise<string> {
  const { name } = step
  if (!name) return stepTitle(step, jobOf(state)?.steps)
  try {
    return await state.hashes.known(() =>
      evaluateTemplate(name.source, contextsOf(state, { ...state.env, ...own })),
    )
  } catch {
    return name.source
  }
}

/** Writes into the state what later steps see of one; a failure that is forgiven is none of the job's. */
export function settle(
  state: JobState,
  step: Step,
  { end, conclusion }: Finished,
  { forgiven = false }: { forgiven?: boolean } = {},
): void {
  if (step.id) state.scope.steps[step.id] = { outputs: end.outputs, outcome: end.outcome, conclusion }
  if (forgiven) return
  if (state.status === 'success' && (conclusion === 'failure' || conclusion === 'timed_out')) {
    state.status = 'failure'
    state.reason = `step ${step.number} failed${end.reason ? `: ${end.reason}` : ''}`
  }
}
