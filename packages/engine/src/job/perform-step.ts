import { evaluateTemplate } from '@signalbox/core/expressions/evaluate.ts'
import type { Step } from '@signalbox/core/workflow/model.ts'
import { contextsOf, type JobState } from './job-state.ts'
import { runAction } from './run-action.ts'
import { runInstall } from './run-install.ts'
import { runScript } from './run-script.ts'
import { endOf, minutes, type StepEnd } from './step-end.ts'
import type { StepLog } from './step-log.ts'

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
}

/** Does what a step says. Never throws: what goes wrong is how it ended. */
export async function perform(step: Step, given: Omit<StepWork, 'env' | 'timeoutMs'>): Promise<StepEnd> {
  const { state, own } = given
  try {
    const env: Record<string, string> = {
      CI: 'true',
      ...state.env,
      ...own,
      ...state.fixedEnv,
      GITHUB_ACTION: step.id ?? `__run_${step.number}`,
      ...(state.scope.actionPath ? { GITHUB_ACTION_PATH: state.scope.actionPath } : {}),
    }
    given.log.commands.allow(env)
    const timeoutMs = await state.hashes.known(() =>
      minutes(step.timeoutMinutes, (source) => evaluateTemplate(source, contextsOf(state, env))),
    )
    const path = await pathOf(state, env['PATH'])
    const work: StepWork = { ...given, env: path ? { ...env, PATH: path } : env, timeoutMs }
    const contexts = () => contextsOf(state, { ...state.env, ...own })
    if (step.kind === 'uses') return await runAction(step, work, contexts())
    // An action's steps are never the job's install.
    const run = state.scope.depth === 0 ? runInstall : runScript
    return await run(step, work, contexts())
  } catch (error) {
    return endOf(error)
  }
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
