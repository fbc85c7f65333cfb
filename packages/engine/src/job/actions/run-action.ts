import { Failure } from '@signalbox/core/base/failure.ts'
import type { Contexts } from '@signalbox/core/expressions/contexts.ts'
import type { UsesStep } from '@signalbox/core/workflow/model.ts'
import { isLocal } from '@signalbox/core/workflow/read/read-uses.ts'
import { evaluateMap } from '../job-state.ts'
import type { ActionContext, BuiltinAction } from '../port.ts'
import type { StepWork } from '../steps/perform-step.ts'
import { whyStopped } from '../steps/run-script.ts'
import type { StepEnd } from '../steps/step-end.ts'
import { findBuiltin, remoteOf } from './remote-actions.ts'
import { runRepositoryAction } from './run-repository-action.ts'

/** Runs a `uses:` step: an action of a repository, or the built-in one that it names. */
export async function runAction(step: UsesStep, work: StepWork, contexts: Contexts): Promise<StepEnd> {
  const { state, log } = work
  if (isLocal(step.uses) || remoteOf(state.dependencies, step)) {
    return runRepositoryAction(step, work, contexts)
  }
  const action = findBuiltin(state.dependencies, step.uses)
  if (!action) {
    throw new Failure('unsupported-action', `the action ${step.uses} is not here`, {
      hint: 'It is brought by the Signalbox server; without one it cannot run.',
    })
  }
  const given = await state.hashes.known(() => evaluateMap(step.with, contexts))
  const inputs = inputsOf(action, given)
  const limit = new AbortController()
  const timer = work.timeoutMs === undefined ? undefined : setTimeout(() => limit.abort(), work.timeoutMs)
  const signal = AbortSignal.any([work.signal, limit.signal])
  try {
    const { outputs } = await action.run({ ...contextOf(work, signal), inputs })
    return { outcome: 'success', outputs }
  } catch (error) {
    if (work.signal.aborted) return { outcome: 'cancelled', reason: whyStopped(work.signal), outputs: {} }
    if (limit.signal.aborted) return { outcome: 'timed_out', reason: 'it ran out of time', outputs: {} }
    throw error
  } finally {
    clearTimeout(timer)
    // An action may go on writing until the end of the job.
    state.logs.push(log)
  }
}

function inputsOf(action: BuiltinAction, given: Record<string, string>): Record<string, string> {
  const folded = new Map(Object.entries(given).map(([key, value]) => [key.toLowerCase(), value]))
  const inputs: Record<string, string> = {}
  for (const [name, input] of Object.entries(action.inputs)) {
    const value = folded.get(name.toLowerCase())
    folded.delete(name.toLowerCase())
    if (value !== undefined) inputs[name] = value
    else if (input.default !== undefined) inputs[name] = input.default
    else if (input.required) throw new Failure('missing-input', `${action.name} needs the input ${name}`)
  }
  const unknown = folded.keys().next().value
  if (unknown !== undefined) throw new Failure('unknown-input', `${action.name} has no input ${unknown}`)
  return inputs
}

function contextOf(work: StepWork, signal: AbortSignal): Omit<ActionContext, 'inputs'> {
  const { state, log } = work
  const sandbox = state.sandbox
  return {
    sandbox,
    request: state.request,
    env: work.env,
    async log(stream, text) {
      log.say(stream, text)
      await log.room()
    },
    async exec(argv, options = {}) {
      const plain = log.plain()
      const { code, killedBy } = await sandbox.exec(argv, {
        ...options,
        env: work.env,
        signal,
        onOutput: plain.output,
      })
      plain.end()
      return { code, killedBy }
    },
    atJobEnd(run) {
      state.atEnd.push(run)
    },
    signal,
  }
}
