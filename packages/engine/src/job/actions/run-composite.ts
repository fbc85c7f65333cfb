import { evaluateCondition } from '@signalbox/core/expressions/evaluate.ts'
import type { TaskStep } from '@signalbox/core/workflow/model.ts'
import type { RepositoryAction } from '@signalbox/core/workflow/parse-action.ts'
import { contextsOf, evaluateMap, type JobState, type Scope } from '../job-state.ts'
import { perform, type StepWork } from '../steps/perform-step.ts'
import { nameOf } from '../steps/run-step.ts'
import { conclusionOf, endOf, type StepEnd } from '../steps/step-end.ts'
import { addFiles } from '../steps/step-files.ts'

/** Runs the steps of a composite action as one step of the job, in a scope of their own. */
export async function runComposite(
  action: Extract<RepositoryAction, { kind: 'composite' }>,
  scope: Scope,
  work: StepWork,
): Promise<StepEnd> {
  const { state } = work
  const keyOf = (step: TaskStep) => `${work.fileKey}-${step.number}`
  await addFiles(state.sandbox, action.steps.filter((step) => step.kind === 'run').map(keyOf))
  const outside = state.scope
  state.scope = scope
  try {
    let first: StepEnd | undefined
    for (const step of action.steps) {
      if (work.signal.aborted) break
      const end = await runInner(state, step, { ...work, fileKey: keyOf(step) })
      if (end && !first) first = end
    }
    const outputs = evaluateMap(action.outputs, contextsOf(state))
    if (!first) return { outcome: 'success', outputs }
    return { outcome: 'failure', exitCode: first.exitCode, reason: first.reason, outputs }
  } finally {
    state.scope = outside
  }
}

/** How a step ended that fails the action; undefined for all others. */
async function runInner(state: JobState, step: TaskStep, work: StepWork): Promise<StepEnd | undefined> {
  const { scope } = state
  state.hashes.forget()
  const begun = await state.hashes
    .known(() => begin(state, step, work.own))
    .catch((error: unknown) => ({ own: work.own, runs: true, failed: endOf(error) }))
  const { own, runs } = begun
  if (!runs) {
    if (step.id) scope.steps[step.id] = { outputs: {}, outcome: 'skipped', conclusion: 'skipped' }
    return undefined
  }
  const name = await nameOf(state, step, own)
  work.log.say('system', `▸ ${name}`)
  const failed = 'failed' in begun ? begun.failed : undefined
  const end = failed ?? (await perform(step, { ...work, own }))
  const conclusion = conclusionOf(state, step, end, own)
  if (step.id) scope.steps[step.id] = { outputs: end.outputs, outcome: end.outcome, conclusion }
  if (conclusion === 'success') {
    if (end.outcome !== 'success' && end.reason) work.log.say('system', `Error: ${end.reason} (goes on)`)
    return undefined
  }
  if (scope.status === 'success') scope.status = 'failure'
  return { ...end, reason: `${name}: ${end.reason ?? 'it failed'}` }
}

function begin(state: JobState, step: TaskStep, around: Record<string, string>) {
  const { scope } = state
  const own = { ...around, ...evaluateMap(step.env, contextsOf(state, { ...state.env, ...around })) }
  const runs = evaluateCondition(step.if?.expression ?? '', contextsOf(state, { ...state.env, ...own }), {
    success: () => scope.status === 'success',
    failure: () => scope.status === 'failure',
    cancelled: () => scope.status === 'cancelled' || state.status === 'cancelled',
  })
  return { own, runs }
}
