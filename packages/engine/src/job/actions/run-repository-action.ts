import { posix } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Contexts } from '@signalbox/core/expressions/contexts.ts'
import { evaluateTemplate } from '@signalbox/core/expressions/evaluate.ts'
import { type ActionReference, isOwn, repositoryOf } from '@signalbox/core/workflow/action-reference.ts'
import type { UsesStep } from '@signalbox/core/workflow/model.ts'
import type { RepositoryAction } from '@signalbox/core/workflow/parse-action.ts'
import { isLocal } from '@signalbox/core/workflow/read/read-uses.ts'
import { contextsOf, evaluateMap, type JobState, type Scope } from '../job-state.ts'
import type { StepLog } from '../log/step-log.ts'
import type { StepWork } from '../steps/perform-step.ts'
import { whyStopped } from '../steps/run-script.ts'
import type { StepEnd } from '../steps/step-end.ts'
import { places } from '../steps/step-files.ts'
import {
  bringActions,
  maxActionBytes,
  maxDepth,
  preparedAction,
  remoteOf,
  understand,
} from './remote-actions.ts'
import { runComposite } from './run-composite.ts'
import { runNodeAction } from './run-node-action.ts'

/** An action that is understood, and where its files are. */
export interface FoundAction {
  action: RepositoryAction
  /** Absolute in the sandbox. */
  folder: string
  /** The repository around it. */
  root: string
  /** Undefined for one of the workspace. */
  reference?: ActionReference
}

/** Runs an action that stands in a repository: in the checked-out tree, or in another one that was made ready. */
export async function runRepositoryAction(
  step: UsesStep,
  work: StepWork,
  contexts: Contexts,
): Promise<StepEnd> {
  const { state } = work
  if (state.scope.depth >= maxDepth) {
    throw new Failure('too-deep', `actions call each other more than ${maxDepth} deep`)
  }
  const found = await findAction(step, work)
  const given = await state.hashes.known(() => evaluateMap(step.with, contexts))
  const scope = scopeOf(found, state, inputsOf(found.action, given, { state, log: work.log }))
  const limit = new AbortController()
  const timer = work.timeoutMs === undefined ? undefined : setTimeout(() => limit.abort(), work.timeoutMs)
  const signal = AbortSignal.any([work.signal, limit.signal])
  const inner: StepWork = { ...work, signal, timeoutMs: undefined }
  try {
    const { action } = found
    const end =
      action.kind === 'composite'
        ? await runComposite(action, scope, inner)
        : await runNodeAction(action, scope, { ...inner, step })
    if (work.signal.aborted)
      return { outcome: 'cancelled', reason: whyStopped(work.signal), outputs: end.outputs }
    if (limit.signal.aborted)
      return { outcome: 'timed_out', reason: 'it ran out of time', outputs: end.outputs }
    return end
  } finally {
    clearTimeout(timer)
    // Built-in actions within may write until the end of the job.
    if (!state.logs.includes(work.log)) state.logs.push(work.log)
  }
}

/** The scope in which an action runs: it gets the secrets that are handed to it, and no others. */
export function scopeOf(found: FoundAction, state: JobState, inputs: Record<string, string>): Scope {
  const { action, folder, root, reference } = found
  return {
    steps: {},
    list: action.kind === 'composite' ? action.steps : [],
    inputs,
    secrets: {},
    actionPath: folder,
    root,
    ...(reference ? { repository: repositoryIn(state, reference) } : {}),
    depth: state.scope.depth + 1,
    status: 'success',
  }
}

function repositoryIn({ request }: JobState, reference: ActionReference): NonNullable<Scope['repository']> {
  if (!isOwn(reference)) return { name: repositoryOf(reference), ref: reference.ref }
  return { name: String(request.github['repository'] ?? ''), ref: request.checkout.commit }
}

async function findAction(step: UsesStep, work: StepWork): Promise<FoundAction> {
  const { state, log, signal } = work
  const reference = remoteOf(state.dependencies, step)
  if (reference) {
    const found = preparedAction(state, reference)
    if (found) return { ...found, reference }
    throw new Failure('unknown-action', `${step.uses} was not brought into the sandbox`)
  }
  if (!isLocal(step.uses)) throw new Failure('invalid-uses', `${step.uses} names no action`)
  const folder = posix.join(places.workspace, step.uses)
  const action = await readLocal(state, step.uses, folder)
  if (action.kind === 'composite') {
    // What stands in the workspace is known only now; so is what it uses of other repositories.
    await bringActions(state, action.steps, (line) => log.say('system', line), signal)
  } else if (action.pre) {
    warn(log, `pre does not run for an action of the repository: ${step.uses}`)
  }
  return { action, folder, root: places.workspace }
}

/** What stands in the workspace is hostile: it is read bounded, through the sandbox. */
async function readLocal(state: JobState, uses: string, folder: string): Promise<RepositoryAction> {
  for (const name of ['action.yml', 'action.yaml']) {
    const bytes = await state.sandbox.readFile(`${folder}/${name}`, { maxBytes: maxActionBytes })
    if (bytes !== undefined) return understand(state, posix.join(uses, name), bytes)
  }
  throw new Failure('unknown-action', `there is no action.yml in ${uses}`, {
    hint: 'An action of the repository is there after actions/checkout.',
  })
}

/** Inputs with their defaults; what is strange about them is a warning, as on GitHub. Without a log nothing is said. */
export function inputsOf(
  action: RepositoryAction,
  given: Record<string, string>,
  { state, log }: { state: JobState; log?: StepLog },
): Record<string, string> {
  const folded = new Map(Object.entries(given).map(([key, value]) => [key.toLowerCase(), value]))
  const { github, runner, job, vars, strategy, matrix } = contextsOf(state)
  const around = { github, runner, job, vars, strategy, matrix }
  const inputs: Record<string, string> = {}
  for (const { name, required, default: byDefault, deprecated } of action.inputs) {
    const value = folded.get(name.toLowerCase())
    folded.delete(name.toLowerCase())
    if (value !== undefined && deprecated !== undefined && log) {
      warn(log, `the input ${name} of ${action.name} is deprecated: ${deprecated}`)
    }
    if (value === undefined && byDefault === undefined && required) {
      log?.say('system', `Note: the action ${action.name} wants the input ${name}; it is empty.`)
    }
    inputs[name] = value ?? (byDefault ? evaluateTemplate(byDefault.source, around) : '')
  }
  if (folded.size > 0 && log) {
    const known = action.inputs.map(({ name }) => name).join(', ') || 'none'
    warn(log, `the action ${action.name} has no input ${[...folded.keys()].join(', ')}; its inputs: ${known}`)
  }
  // A JavaScript action finds them as INPUT_ variables all the same.
  return action.kind === 'node' ? { ...inputs, ...Object.fromEntries(folded) } : inputs
}

/** A warning of the engine's own: a line of the log and an annotation. */
function warn(log: StepLog, message: string): void {
  const escaped = message.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
  log.commands.read(`::warning::${escaped}`)
  log.say('system', `Warning: ${message}`)
}
