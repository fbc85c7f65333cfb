import { evaluateCondition } from '@signalbox/core/expressions/evaluate.ts'
import type { Step } from '@signalbox/core/workflow/model.ts'
import { setUpStep } from '../containers/set-up-containers.ts'
import { contextsOf, evaluateMap, type JobState } from '../job-state.ts'
import { openLog } from '../log/open-log.ts'
import { environmentOf, type StepWork } from '../steps/perform-step.ts'
import { conclusionOf, endOf, type StepEnd } from '../steps/step-end.ts'
import { bringActions, preparedAction, remoteOf } from './remote-actions.ts'
import { planPost, runNodeScript } from './run-node-action.ts'
import { inputsOf, scopeOf } from './run-repository-action.ts'

/**
 * Brings what the steps of a job use of other repositories, and runs the `pre` scripts of these, in the order of the
 * steps. Reported as a step of its own, `Set up job`, when there is anything to bring. False when the job is over:
 * without its actions no step can begin.
 */
export async function setUpActions(
  state: JobState,
  steps: readonly Step[],
  signal: AbortSignal,
): Promise<boolean> {
  const brings = steps.some((step) => remoteOf(state.dependencies, step))
  if (!brings && state.setUpAt === undefined) return true
  const { reporter, masker } = state
  const startedAt = state.setUpAt ?? performance.now()
  const log = openLog(state, setUpStep.number)
  if (state.setUpAt === undefined) await reporter.stepStarted(setUpStep)
  let end: StepEnd = { outcome: 'success', outputs: {} }
  let brought = false
  try {
    if (brings) await bringActions(state, steps, (line) => log.say('system', line), signal)
    brought = true
    for (const step of steps) end = worse(end, await preOfStep(state, step, { log, signal }))
  } catch (error) {
    end = signal.aborted ? { outcome: 'cancelled', reason: 'it was cancelled', outputs: {} } : endOf(error)
  }
  if (end.reason) log.say('system', `Error: ${end.reason}`)
  await log.close()
  // A stop is told by whoever asked for it.
  if (end.outcome === 'failure' && state.status === 'success') {
    state.status = 'failure'
    state.reason = `the job could not be set up: ${end.reason ?? 'it failed'}`
  }
  await reporter.stepCompleted({
    ...setUpStep,
    outcome: end.outcome,
    conclusion: end.outcome,
    outputs: {},
    reason: end.reason === undefined ? undefined : masker.mask(end.reason),
    durationMs: Math.round(performance.now() - startedAt),
  })
  return brought
}

function worse(before: StepEnd, now: StepEnd | undefined): StepEnd {
  return before.outcome === 'success' && now ? now : before
}

type Given = Pick<StepWork, 'log' | 'signal'>

/** How the `pre` scripts behind one step of the job ended; undefined when all is well. */
async function preOfStep(state: JobState, step: Step, given: Given): Promise<StepEnd | undefined> {
  const around = { ...given, rootStep: step, fileKey: String(step.number), own: {} }
  const end = await preOf(state, step, around)
  if (end && conclusionOf(state, step, end, around.own) === 'success') return undefined
  if (end && state.status === 'success') {
    state.status = 'failure'
    state.reason = end.reason
  }
  return end
}

/** Also of the actions within a composite one, each in the scope that it will have. */
async function preOf(
  state: JobState,
  step: Step,
  around: Pick<StepWork, 'log' | 'signal' | 'rootStep' | 'fileKey' | 'own'>,
): Promise<StepEnd | undefined> {
  const reference = remoteOf(state.dependencies, step)
  const found = reference && preparedAction(state, reference)
  if (step.kind !== 'uses' || !found || !hasPre(state, step)) return undefined
  const own = { ...around.own, ...evaluateMap(step.env, contextsOf(state, { ...state.env, ...around.own })) }
  const given = evaluateMap(step.with, contextsOf(state, { ...state.env, ...own }))
  const { action } = found
  const scope = scopeOf({ ...found, reference }, state, inputsOf(action, given, { state }))
  const outside = state.scope
  if (action.kind === 'composite') {
    state.scope = scope
    try {
      for (const inner of action.steps) {
        const end = await preOf(state, inner, {
          ...around,
          own,
          fileKey: `${around.fileKey}-${inner.number}`,
        })
        if (end) return end
      }
    } finally {
      state.scope = outside
    }
    return undefined
  }
  if (!action.pre || !runsNow(state, action.preIf?.expression)) return undefined
  around.log.say('system', `▸ Pre ${step.uses}`)
  const env = await environmentOf(state, step, own)
  around.log.commands.allow(env)
  const work: StepWork = { ...around, state, own, env, timeoutMs: undefined }
  planPost(action, scope, { ...work, step })
  const end = await runNodeScript(action.pre, scope, work, `${around.fileKey}-pre`)
  if (end.outcome === 'success') return undefined
  return { ...end, reason: `Pre ${step.uses}: ${end.reason ?? 'it failed'}` }
}

/** Whether there is a `pre` behind a step, so that nothing is evaluated in vain. */
function hasPre(state: JobState, step: Step, depth = 0): boolean {
  const reference = remoteOf(state.dependencies, step)
  const found = reference && depth <= 10 ? preparedAction(state, reference) : undefined
  if (!found) return false
  const { action } = found
  if (action.kind === 'node') return Boolean(action.pre)
  return action.steps.some((inner) => hasPre(state, inner, depth + 1))
}

/** `pre-if` and `post-if`: always, unless something else is written. */
export function runsNow(state: JobState, expression: string | undefined): boolean {
  return evaluateCondition(expression || 'always()', contextsOf(state), {
    success: () => state.status === 'success',
    failure: () => state.status === 'failure',
    cancelled: () => state.status === 'cancelled',
  })
}
