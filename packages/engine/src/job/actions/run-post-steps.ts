import type { Step, UsesStep } from '@signalbox/core/workflow/model.ts'
import type { JobState, Scope } from '../job-state.ts'
import { openLog } from '../log/open-log.ts'
import type { StepLog } from '../log/step-log.ts'
import { environmentOf } from '../steps/perform-step.ts'
import { nameOf } from '../steps/run-step.ts'
import { conclusionOf, endOf, type StepEnd } from '../steps/step-end.ts'
import { type NodeAction, runNodeScript } from './run-node-action.ts'
import { runsNow } from './run-pre-steps.ts'

/** The post script of an action that began. */
export interface PostStep {
  action: NodeAction
  script: string
  scope: Scope
  /** Names the action in all of its stages. */
  fileKey: string
  own: Record<string, string>
  step: UsesStep
  /** The step of the job behind which it stands. */
  rootStep: Step
}

/** Runs one post script as a step of its own, with what its action kept; what it fails with fails the job. */
export async function runPostStep(
  state: JobState,
  post: PostStep,
  { number, signal }: { number: number; signal: AbortSignal },
): Promise<void> {
  const { reporter, masker } = state
  const nested = post.step !== post.rootStep
  const name = masker.mask(`Post ${nested ? post.step.uses : await nameOf(state, post.rootStep, post.own)}`)
  const log = openLog(state, number)
  const startedAt = performance.now()
  const outside = state.scope
  state.scope = post.scope
  let end: StepEnd | undefined
  try {
    state.hashes.forget()
    if (await state.hashes.known(() => runsNow(state, post.action.postIf?.expression))) {
      await reporter.stepStarted({ number, name, kind: 'uses' })
      end = await perform(state, post, { log, signal })
    }
  } catch (error) {
    end = endOf(error)
  } finally {
    state.scope = outside
  }
  if (end?.reason && end.outcome !== 'success') log.say('system', `Error: ${end.reason}`)
  await log.close()
  const { outcome, exitCode, reason } = end ?? { outcome: 'skipped' as const }
  const conclusion = end ? conclusionOf(state, post.rootStep, end, post.own) : 'skipped'
  if (state.status === 'success' && (conclusion === 'failure' || conclusion === 'timed_out')) {
    state.status = 'failure'
    state.reason = `${name} failed${reason ? `: ${reason}` : ''}`
  }
  await reporter.stepCompleted({
    number,
    name,
    kind: 'uses',
    outcome,
    conclusion,
    exitCode,
    outputs: {},
    reason: reason === undefined ? undefined : masker.mask(reason),
    durationMs: Math.round(performance.now() - startedAt),
  })
}

async function perform(
  state: JobState,
  post: PostStep,
  given: { log: StepLog; signal: AbortSignal },
): Promise<StepEnd> {
  const { scope, fileKey, own, step, rootStep } = post
  const env = await environmentOf(state, step, own)
  given.log.commands.allow(env)
  const work = { ...given, state, own, env, timeoutMs: undefined, fileKey, rootStep }
  return await runNodeScript(post.script, scope, work, `${fileKey}-post`)
}
