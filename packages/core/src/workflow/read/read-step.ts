import type { TaskStep, Template } from '../model.ts'
import { idPattern, type KnownAction } from '../supported.ts'
import { checkMinutes } from './read-job.ts'
import { checkKeys, entriesByKey } from './read-keys.ts'
import { checkShell } from './read-shell.ts'
import { readCondition, readTemplate, readTemplateMap } from './read-template.ts'
import { checkUses } from './read-uses.ts'
import { type Located, type LocatedEntry, mapOf, type Reader, refuse, textOf } from './reader.ts'

/** What reading a step must know: the actions there are, its number, and the ids taken in its job (lower case). */
export interface StepReading {
  actions: ReadonlyMap<string, KnownAction>
  /** Whether this `uses:` is served by a repository though a built-in action has its name. */
  isReplaced?: (uses: string) => boolean
  number: number
  ids: Set<string>
}

type Found = { [key: string]: LocatedEntry | undefined }

/** Reads one step; undefined when it is neither `run` nor `uses`. */
export function readStep(reader: Reader, step: Located, reading: StepReading): TaskStep | undefined {
  const entries = mapOf(reader, step, 'a step')
  if (!entries) return undefined
  checkKeys(reader, entries, 'step')
  const found = entriesByKey(entries)
  const template = (key: string): Template | undefined => {
    const value = found[key]
    return value ? readTemplate(reader, value, key) : undefined
  }
  if (found['timeout-minutes']) checkMinutes(reader, found['timeout-minutes'])
  const base = {
    id: found['id'] ? readId(reader, found['id'], reading.ids) : undefined,
    number: reading.number,
    name: template('name'),
    if: found['if'] ? readCondition(reader, found['if']) : undefined,
    env: found['env'] ? readTemplateMap(reader, found['env'], 'env') : [],
    continueOnError: template('continue-on-error'),
    timeoutMinutes: template('timeout-minutes'),
    start: step.node.start,
  }
  const background = found['background'] && isTrue(reader, found['background'], 'background')
  const beside = background ? { background } : {}
  if (!checkKind(reader, step, found)) return undefined
  const { run, uses } = found
  if (run) {
    const text = template('run')
    const shell = found['shell'] ? readShell(reader, found['shell']) : undefined
    return (
      text && {
        ...base,
        ...beside,
        kind: 'run',
        run: text,
        shell,
        workingDirectory: template('working-directory'),
      }
    )
  }
  if (!uses) return undefined
  const name = textOf(reader, uses, 'uses') ?? ''
  const { actions, isReplaced } = reading
  checkUses(reader, { name, uses, inputs: found['with'], actions, isReplaced, step })
  return {
    ...base,
    ...beside,
    kind: 'uses',
    uses: name,
    usesStart: uses.node.start,
    with: found['with'] ? readTemplateMap(reader, found['with'], 'with') : [],
  }
}

function checkKind(reader: Reader, step: Located, found: Found): boolean {
  const { run, uses } = found
  if (run && uses) {
    refuse(reader, uses.keyAt, {
      code: 'run-and-uses',
      message: 'a step has either run or uses, not both',
      hint: 'Make it two steps.',
    })
    return false
  }
  if (!run && !uses) {
    refuse(reader, step.node, {
      code: 'missing-key',
      message: 'a step needs run or uses',
      hint: 'Add `run: command` or `uses: actions/checkout@v4`.',
    })
    return false
  }
  for (const key of uses ? ['shell', 'working-directory'] : ['with']) {
    const entry = found[key]
    if (!entry) continue
    refuse(reader, entry.keyAt, {
      code: 'misplaced-key',
      message: `${key} belongs to a step with ${uses ? 'run' : 'uses'}`,
      hint: 'Remove it from this step.',
    })
  }
  return true
}

/** Reads the id of a step, which no other one of its job has. */
export function readId(reader: Reader, value: Located, taken: Set<string>): string | undefined {
  const id = textOf(reader, value, 'id')
  if (id === undefined) return undefined
  if (!idPattern.test(id) || id.startsWith('__')) {
    refuse(reader, value.node, {
      code: 'invalid-id',
      message: `${id} cannot name a step`,
      hint: 'Begin with a letter or one _; go on with letters, digits, _ and -.',
    })
  }
  if (taken.has(id.toLowerCase())) {
    refuse(reader, value.node, {
      code: 'duplicate-id',
      message: `another step of the job has the id ${id}`,
      hint: 'Give each step an id of its own.',
    })
  }
  taken.add(id.toLowerCase())
  return id
}

function readShell(reader: Reader, value: Located): string | undefined {
  const shell = textOf(reader, value, 'shell')
  if (shell !== undefined) checkShell(reader, value.node, shell)
  return shell
}

/** Whether a written true or false is true; another value is refused. */
export function isTrue(reader: Reader, value: Located, what: string): true | undefined {
  const written = value.node.kind === 'scalar' ? value.node.value : undefined
  if (typeof written === 'boolean') return written || undefined
  refuse(reader, value.node, {
    code: 'wrong-type',
    message: `${what} must be true or false`,
    hint: 'No expression can stand here: it is read before anything is evaluated.',
  })
  return undefined
}
