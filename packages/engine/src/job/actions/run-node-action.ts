import { posix } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { UsesStep } from '@signalbox/core/workflow/model.ts'
import type { RepositoryAction } from '@signalbox/core/workflow/parse-action.ts'
import type { Scope } from '../job-state.ts'
import type { StepWork } from '../steps/perform-step.ts'
import { endOfExec, handOn } from '../steps/run-script.ts'
import { endOf, type StepEnd } from '../steps/step-end.ts'
import { addFiles, fileVariables } from '../steps/step-files.ts'

/** An action written in JavaScript. */
export type NodeAction = Extract<RepositoryAction, { kind: 'node' }>

/** The engine's own Node, whatever an earlier step put on the PATH; also of the actions that ask for an older one. */
const nodePath = '/opt/signalbox/node/bin/node'

/** Runs the main script of a JavaScript action; its post script comes at the end of the job. */
export async function runNodeAction(
  action: NodeAction,
  scope: Scope,
  work: StepWork & { step: UsesStep },
): Promise<StepEnd> {
  planPost(action, scope, work)
  return await runNodeScript(action.main, scope, work)
}

/** Registers the post script of an action, once, when its pre or its main script begins. */
export function planPost(action: NodeAction, scope: Scope, work: StepWork & { step: UsesStep }): void {
  const { state, fileKey, own, step, rootStep } = work
  if (!action.post || state.posts.some((post) => post.fileKey === fileKey)) return
  state.posts.push({ action, script: action.post, scope, fileKey, own, step, rootStep })
}

/**
 * Runs one script of a JavaScript action with INPUT_ and STATE_ variables. `fileKey` of the work names the action in
 * all of its stages, `filesKey` the command files of this one.
 */
export async function runNodeScript(
  script: string,
  scope: Scope,
  work: StepWork,
  filesKey = work.fileKey,
): Promise<StepEnd> {
  const { state, log, fileKey } = work
  await addFiles(state.sandbox, [filesKey])
  const kept = state.actionStates.get(fileKey) ?? {}
  const states = Object.fromEntries(Object.entries(kept).map(([name, value]) => [`STATE_${name}`, value]))
  const env = {
    ...work.env,
    ...actionVariables(scope),
    ...inputVariables(scope),
    ...state.actionEnv,
    ...states,
  }
  const result = await state.sandbox.exec(
    [...(state.sandbox.nodeArgv ?? [nodePath]), fileOf(scope, script)],
    {
      env: { ...env, ...fileVariables(filesKey) },
      signal: work.signal,
      timeoutMs: work.timeoutMs,
      onOutput: log.output,
    },
  )
  const end = endOfExec(result, work)
  try {
    const outputs = await handOn({
      ...work,
      fileKey: filesKey,
      keepState(added) {
        state.actionStates.set(fileKey, { ...state.actionStates.get(fileKey), ...added })
      },
    })
    if (end.outcome === 'success' && log.commands.refused) {
      return { ...end, outcome: 'failure', reason: log.commands.refused, outputs }
    }
    return { ...end, outputs }
  } catch (error) {
    return end.outcome === 'success' ? { ...end, ...endOf(error) } : end
  }
}

function fileOf(scope: Scope, name: string): string {
  const folder = scope.actionPath ?? ''
  const file = posix.join(folder, name)
  // As on GitHub a script may stand elsewhere in the repository of the action, never outside of it.
  if (file.startsWith(`${scope.root ?? folder}/`)) return file
  throw new Failure('invalid-action', `${name} is not in the repository of the action`)
}

/** The variables that name the action which runs. */
export function actionVariables(scope: Scope): Record<string, string> {
  if (scope.actionPath === undefined) return {}
  return {
    GITHUB_ACTION_PATH: scope.actionPath,
    GITHUB_ACTION_REPOSITORY: scope.repository?.name ?? '',
    GITHUB_ACTION_REF: scope.repository?.ref ?? '',
  }
}

/** INPUT_ variables: upper case, blanks as `_`, everything else as it is. */
function inputVariables(scope: Scope): Record<string, string> {
  return Object.fromEntries(
    Object.entries(scope.inputs).map(([name, value]) => [
      `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
      String(value),
    ]),
  )
}
