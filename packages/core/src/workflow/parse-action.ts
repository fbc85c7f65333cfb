import type { Diagnostic } from '../base/diagnostics.ts'
import type { Condition, TaskStep, Template, TemplateMap } from './model.ts'
import { entriesByKey } from './read/read-keys.ts'
import { readStep } from './read/read-step.ts'
import { readCondition, readTemplate } from './read/read-template.ts'
import { type Located, type LocatedEntry, listOf, mapOf, type Reader, refuse, textOf } from './read/reader.ts'
import { readYaml } from './read/yaml-tree.ts'
import { checkoutAction, type KnownAction, type ParseOptions } from './supported.ts'

/** An input that an action declares. */
export interface ActionInput {
  name: string
  required: boolean
  default?: Template
  /** Said to whoever gives it. */
  deprecated?: string
}

/** An action of a repository, understood. */
export type RepositoryAction = { name: string; inputs: ActionInput[] } & (
  | { kind: 'composite'; outputs: TemplateMap; steps: TaskStep[] }
  | { kind: 'node'; main: string; pre?: string; preIf?: Condition; post?: string; postIf?: Condition }
)

/** What GitHub's runner takes for `using`; it runs the older ones with a newer Node as well. */
const nodeVersions = ['node12', 'node16', 'node20', 'node24']

/**
 * Understands an `action.yml`. `action` is there when no diagnostic is an error. Never throws: the file comes from
 * the sandbox and is hostile. Expressions in it are checked when they are evaluated.
 */
export function parseAction(
  file: string,
  text: string,
  options: ParseOptions = {},
): { action?: RepositoryAction; diagnostics: Diagnostic[] } {
  const { root, diagnostics } = readYaml(file, text)
  if (!root) return { diagnostics }
  const reader: Reader = { file, diagnostics }
  const actions = new Map(
    [checkoutAction, ...(options.builtinActions ?? [])].map((a) => [a.name.toLowerCase(), a]),
  )
  const action = readRoot(
    reader,
    { node: root, token: undefined },
    { actions, isReplaced: options.isReplaced },
  )
  return diagnostics.some((d) => d.severity === 'error') ? { diagnostics } : { action, diagnostics }
}

/** What steps of the action may name, as for those of a workflow. */
interface KnownActions {
  actions: ReadonlyMap<string, KnownAction>
  isReplaced?: (uses: string) => boolean
}

function readRoot(reader: Reader, root: Located, known: KnownActions): RepositoryAction | undefined {
  const entries = mapOf(reader, root, 'an action')
  if (!entries) return undefined
  const { name, inputs, outputs, runs } = entriesByKey(entries)
  if (!runs) {
    refuse(reader, root.node, {
      code: 'missing-key',
      message: 'runs is missing',
      hint: 'Write `runs:` with `using: composite` and `steps:`.',
    })
    return undefined
  }
  const found = entriesByKey(mapOf(reader, runs, 'runs') ?? [])
  const using = found['using'] ? (textOf(reader, found['using'], 'using') ?? '').toLowerCase() : ''
  const base = {
    name: (name && textOf(reader, name, 'name')) || reader.file,
    inputs: inputs ? readInputs(reader, inputs) : [],
  }
  if (using === 'composite') {
    const steps = found['steps'] ? readSteps(reader, found['steps'], known) : []
    return { ...base, kind: 'composite', outputs: outputs ? readOutputs(reader, outputs) : [], steps }
  }
  if (nodeVersions.includes(using)) return readNode(reader, runs, { base, found })
  const docker = using === 'docker'
  refuse(reader, (found['using'] ?? runs).node, {
    code: 'unsupported-action',
    message: docker
      ? 'Docker actions cannot run here'
      : `actions that use ${using || 'nothing'} are not known`,
    hint: docker
      ? 'A job has a sandbox and no containers; write what the action does as run steps.'
      : `It is composite or one of ${nodeVersions.join(', ')}.`,
  })
  return undefined
}

function readNode(
  reader: Reader,
  runs: Located,
  given: {
    base: { name: string; inputs: ActionInput[] }
    found: { [key: string]: LocatedEntry | undefined }
  },
): RepositoryAction | undefined {
  const { base, found } = given
  const file = (key: string) => (found[key] ? textOf(reader, found[key], key) || undefined : undefined)
  const main = file('main')
  if (main) {
    const condition = (key: string) => found[key] && readCondition(reader, found[key])
    const pre = { pre: file('pre'), preIf: condition('pre-if') }
    return { ...base, kind: 'node', main, ...pre, post: file('post'), postIf: condition('post-if') }
  }
  refuse(reader, runs.node, {
    code: 'missing-key',
    message: 'main is missing',
    hint: 'Name the JavaScript file that runs: `main: dist/index.js`.',
  })
  return undefined
}

function readInputs(reader: Reader, value: Located): ActionInput[] {
  return (mapOf(reader, value, 'inputs') ?? []).map((entry) => {
    const empty = entry.node.kind === 'scalar' && entry.node.value === null
    const found = empty ? {} : entriesByKey(mapOf(reader, entry, `the input ${entry.key}`) ?? [])
    const { required, default: byDefault, deprecationMessage } = found
    return {
      name: entry.key,
      required: required ? textOf(reader, required, 'required') === 'true' : false,
      default: byDefault && readTemplate(reader, byDefault, 'default'),
      deprecated: deprecationMessage && textOf(reader, deprecationMessage, 'deprecationMessage'),
    }
  })
}

function readOutputs(reader: Reader, value: Located): TemplateMap {
  return (mapOf(reader, value, 'outputs') ?? []).flatMap((entry) => {
    const { value: template } = entriesByKey(mapOf(reader, entry, `the output ${entry.key}`) ?? [])
    const read = template && readTemplate(reader, template, 'value')
    return read ? [{ key: entry.key, value: read }] : []
  })
}

function readSteps(reader: Reader, value: Located, known: KnownActions): TaskStep[] {
  const ids = new Set<string>()
  return (listOf(reader, value, 'steps') ?? []).flatMap((item, index) => {
    if (refuseBeside(reader, item)) return []
    const step = readStep(reader, item, { ...known, number: index + 1, ids })
    if (step?.kind === 'run' && step.shell === undefined) {
      refuse(reader, item.node, {
        code: 'missing-key',
        message: 'a step with run of a composite action needs shell',
        hint: 'Add `shell: bash`.',
      })
    }
    return step ? [step] : []
  })
}

/** An action may run in the background as a whole, but it has no steps there itself. */
function refuseBeside(reader: Reader, { node }: Located): boolean {
  const words = ['background', 'wait', 'wait-all', 'cancel', 'parallel']
  const found = node.kind === 'map' ? node.entries.find(({ key }) => words.includes(key)) : undefined
  if (!found) return false
  refuse(reader, found.keyAt, {
    code: 'misplaced-key',
    message: `${found.key} cannot stand in a composite action`,
    hint: 'Run the action itself in the background, where it is used.',
  })
  return true
}
