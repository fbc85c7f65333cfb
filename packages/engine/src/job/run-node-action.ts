import { posix } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { evaluateCondition } from '@signalbox/core/expressions/evaluate.ts'
import type { LocalAction } from '@signalbox/core/workflow/parse-action.ts'
import { contextsOf, type Scope } from './job-state.ts'
import type { StepWork } from './perform-step.ts'
import { endOfExec, handOn } from './run-script.ts'
import { endOf, type StepEnd } from './step-end.ts'
import { addFiles, fileVariables } from './step-files.ts'

type NodeAction = Extract<LocalAction, { kind: 'node' }>

/** A post step of an action has this long; it also ends with the job. */
const postMs = 50_000

/** Runs a JavaScript action with the Node of the sandbox; its post step comes at the end of the job, last in first out. */
export async function runNodeAction(action: NodeAction, scope: Scope, work: StepWork): Promise<StepEnd> {
  const { state, log, fileKey } = work
  if (action.pre)
    log.say('system', 'Warning: pre does not run for an action of the repository, as on GitHub.')
  await addFiles(state.sandbox, [fileKey])
  const env = { ...work.env, ...inputVariables(scope), GITHUB_ACTION_PATH: scope.actionPath ?? '' }
  const script = fileOf(scope, action.main)
  const result = await state.sandbox.exec(['node', script], {
    env: { ...env, ...fileVariables(fileKey) },
    signal: work.signal,
    onOutput: log.output,
  })
  const end = endOfExec(result, work)
  if (end.exitCode === 127)
    end.reason = 'there is no node in the sandbox; install Node.js on the machine of the worker'
  if (action.post) planPost(action, scope, { ...work, env })
  try {
    const outputs = await handOn(work)
    if (end.outcome === 'success' && log.commands.refused) {
      return { ...end, outcome: 'failure', reason: log.commands.refused, outputs }
    }
    return { ...end, outputs }
  } catch (error) {
    return end.outcome === 'success' ? { ...end, ...endOf(error) } : end
  }
}

function planPost(action: NodeAction, scope: Scope, work: StepWork): void {
  const { state, log } = work
  state.atEnd.push(async () => {
    const outside = state.scope
    state.scope = scope
    try {
      const runs = evaluateCondition(action.postIf?.expression || 'always()', contextsOf(state), {
        success: () => state.status === 'success',
        failure: () => state.status === 'failure',
        cancelled: () => state.status === 'cancelled',
      })
      if (!runs) return
    } finally {
      state.scope = outside
    }
    const key = `${work.fileKey}-post`
    await addFiles(state.sandbox, [key])
    const states = Object.entries(log.state).map(([name, value]) => [`STATE_${name}`, value])
    log.say('system', `▸ Post ${action.name}`)
    const result = await state.sandbox.exec(['node', fileOf(scope, action.post ?? '')], {
      env: { ...work.env, ...Object.fromEntries(states), ...fileVariables(key) },
      timeoutMs: postMs,
      onOutput: log.output,
    })
    const end = endOfExec(result, { ...work, timeoutMs: postMs, signal: new AbortController().signal })
    if (end.outcome !== 'success') throw new Failure('post-failed', `Post ${action.name}: ${end.reason}`)
  })
}

function fileOf(scope: Scope, name: string): string {
  const folder = scope.actionPath ?? ''
  const file = posix.join(folder, name)
  if (file.startsWith(`${folder}/`)) return file
  throw new Failure('invalid-action', `${name} is not in the folder of the action`)
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
