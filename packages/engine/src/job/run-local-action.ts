import { posix } from 'node:path'
import { formatDiagnostic } from '@signalbox/core/base/diagnostics.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Contexts } from '@signalbox/core/expressions/contexts.ts'
import { evaluateTemplate } from '@signalbox/core/expressions/evaluate.ts'
import type { UsesStep } from '@signalbox/core/workflow/model.ts'
import { type LocalAction, parseAction } from '@signalbox/core/workflow/parse-action.ts'
import { contextsOf, evaluateMap, type JobState, type Scope } from './job-state.ts'
import type { StepWork } from './perform-step.ts'
import { runComposite } from './run-composite.ts'
import { runNodeAction } from './run-node-action.ts'
import { whyStopped } from './run-script.ts'
import type { StepEnd } from './step-end.ts'
import { places } from './step-files.ts'

/** GitHub's limit on actions within actions. */
const maxDepth = 10
const maxActionBytes = 256 * 1024

/** Runs an action of the checked-out tree. What stands there is hostile: it is read bounded, through the sandbox. */
export async function runLocalAction(step: UsesStep, work: StepWork, contexts: Contexts): Promise<StepEnd> {
  const { state } = work
  if (state.scope.depth >= maxDepth) {
    throw new Failure('too-deep', `actions call each other more than ${maxDepth} deep`)
  }
  const folder = posix.join(places.workspace, step.uses)
  const action = await readAction(state, step.uses, folder)
  const given = await state.hashes.known(() => evaluateMap(step.with, contexts))
  const inputs = inputsOf(action, given, work)
  const scope: Scope = {
    steps: {},
    inputs,
    // An action gets the secrets that are handed to it, and no others.
    secrets: {},
    actionPath: folder,
    depth: state.scope.depth + 1,
    status: 'success',
  }
  const limit = new AbortController()
  const timer = work.timeoutMs === undefined ? undefined : setTimeout(() => limit.abort(), work.timeoutMs)
  const signal = AbortSignal.any([work.signal, limit.signal])
  const inner: StepWork = { ...work, signal, timeoutMs: undefined }
  try {
    const end =
      action.kind === 'composite'
        ? await runComposite(action, scope, inner)
        : await runNodeAction(action, scope, inner)
    if (work.signal.aborted)
      return { outcome: 'cancelled', reason: whyStopped(work.signal), outputs: end.outputs }
    if (limit.signal.aborted)
      return { outcome: 'timed_out', reason: 'it ran out of time', outputs: end.outputs }
    return end
  } finally {
    clearTimeout(timer)
    // Post steps may write until the end of the job.
    if (!state.logs.includes(work.log)) state.logs.push(work.log)
  }
}

async function readAction(state: JobState, uses: string, folder: string): Promise<LocalAction> {
  for (const name of ['action.yml', 'action.yaml']) {
    const bytes = await state.sandbox.readFile(`${folder}/${name}`, { maxBytes: maxActionBytes })
    if (bytes === undefined) continue
    const file = posix.join(uses, name)
    const { action, diagnostics } = parseAction(file, new TextDecoder().decode(bytes), {
      builtinActions: [...state.dependencies.builtins.values()],
    })
    if (action) return action
    const said = diagnostics.slice(0, 10).map(formatDiagnostic).join('\n')
    throw new Failure('invalid-action', `${file} cannot be used:\n${said}`)
  }
  throw new Failure('unknown-action', `there is no action.yml in ${uses}`, {
    hint: 'An action of the repository is there after actions/checkout.',
  })
}

/** Inputs with their defaults; what is strange about them is a warning, as on GitHub. */
function inputsOf(
  action: LocalAction,
  given: Record<string, string>,
  { state, log }: StepWork,
): Record<string, string> {
  const folded = new Map(Object.entries(given).map(([key, value]) => [key.toLowerCase(), value]))
  const { github, runner, job, vars } = contextsOf(state)
  const inputs: Record<string, string> = {}
  for (const { name, required, default: byDefault } of action.inputs) {
    const value = folded.get(name.toLowerCase())
    folded.delete(name.toLowerCase())
    if (value === undefined && byDefault === undefined && required) {
      log.say('system', `Warning: the action ${action.name} wants the input ${name}; it is empty.`)
    }
    const filled = () => (byDefault ? evaluateTemplate(byDefault.source, { github, runner, job, vars }) : '')
    inputs[name] = value ?? filled()
  }
  for (const name of folded.keys()) {
    log.say('system', `Warning: the action ${action.name} has no input ${name}.`)
    const value = folded.get(name)
    if (action.kind === 'node' && value !== undefined) inputs[name] = value
  }
  return inputs
}
