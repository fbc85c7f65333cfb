import { evaluateTemplate } from '@signalbox/core/expressions/evaluate.ts'
import type { Step, TaskStep } from '@signalbox/core/workflow/model.ts'
import { runAction } from '../actions/run-action.ts'
import { actionVariables } from '../actions/run-node-action.ts'
import { contextsOf, type JobState } from '../job-state.ts'
import type { StepLog } from '../log/step-log.ts'
import { runInstall } from './run-install.ts'
import { runScript } from './run-script.ts'
import { endOf, minutes, type StepEnd } from './step-end.ts'
import { actionNameOf } from './step-names.ts'

/** What a step's work is given. */
export interface StepWork {
  state: JobState
  log: StepLog
  /** The step's own `env:`, and that of the actions around it. */
  own: Record<string, string>
  /** The whole environment of the step. */
  env: Record<string, string>
  /** Aborted when the job is cancelled or out of time. */
  signal: AbortSignal
  timeoutMs: number | undefined
  /** Names its script and its command files: its number, for steps of an action behind that of the step around. */
  fileKey: string
  /** The step of the job in which this happens. */
  rootStep: Step
  /** Takes what an action wrote to GITHUB_STATE, for its later stages. */
  keepState?: (state: Record<string, string>) => void
}

/** Does what a step says. Never throws: what goes wrong is how it ended. */
export async function perform(step: TaskStep, given: Omit<StepWork, 'env' | 'timeoutMs'>): Promise<StepEnd> {
  const { state, own } = given
  try {
    const env = await environmentOf(state, step, own)
    given.log.commands.allow(env)
    const timeoutMs = await state.hashes.known(() =>
      minutes(step.timeoutMinutes, (source) => evaluateTemplate(source, contextsOf(state, env))),
    )
    const work: StepWork = { ...given, env, timeoutMs }
    const contexts = () => contextsOf(state, { ...state.env, ...own })
    if (step.kind === 'uses') return await runAction(step, work, contexts())
    // An action's steps are never the job's install.
    const run = state.scope.depth === 0 ? runInstall : runScript
    return await run(step, work, contexts())
  } catch (error) {
    return endOf(error)
  }
}

/** The whole environment of a step: what stands later wins, and what is the runner's own wins over all. */
export async function environmentOf(
  state: JobState,
  step: Step,
  own: Record<string, string>,
): Promise<Record<string, string>> {
  const env: Record<string, string> = {
    CI: 'true',
    ...state.env,
    ...own,
    ...state.fixedEnv,
    GITHUB_ACTION: actionNameOf(state.scope.list, step),
    ...actionVariables(state.scope),
  }
  const path = await pathOf(state, env['PATH'])
  return path ? { ...env, PATH: path } : env
}

/** PATH for the step, when earlier steps added to it. */
async function pathOf(state: JobState, own: string | undefined): Promise<string | undefined> {
  if (state.path.length === 0) return undefined
  if (state.basePath === undefined && own === undefined) {
    let found = ''
    await state.sandbox.exec(['sh', '-c', 'printf %s "$PATH"'], {
      timeoutMs: 10_000,
      onOutput: (stream, chunk) => {
        if (stream === 'stdout') found += Buffer.from(chunk).toString()
      },
    })
    state.basePath = found
  }
  return [...state.path, own ?? state.basePath ?? ''].join(':')
}
