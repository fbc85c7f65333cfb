import { actionReference, ownReference } from '../action-reference.ts'
import type { KnownAction } from '../supported.ts'
import { nearest } from './read-keys.ts'
import { type Located, type LocatedEntry, mapOf, type Reader, refuse } from './reader.ts'

/** Splits `owner/name@version`; undefined where there is no version. */
export function splitUses(uses: string): { name: string; version: string } | undefined {
  const at = uses.lastIndexOf('@')
  return at > 0 && at < uses.length - 1 ? { name: uses.slice(0, at), version: uses.slice(at + 1) } : undefined
}

/** Whether `uses:` names an action of the repository that is checked out. */
export function isLocal(uses: string): boolean {
  return uses.startsWith('./') || uses === '.'
}

interface UsesReading {
  name: string
  uses: LocatedEntry
  inputs: LocatedEntry | undefined
  actions: ReadonlyMap<string, KnownAction>
  isReplaced?: (uses: string) => boolean
  step: Located
}

/** Refuses what names no action, and inputs that a built-in action does not have or lacks; others say theirs later. */
export function checkUses(reader: Reader, reading: UsesReading): void {
  const known = [...reading.actions.values()]
  const names = known.map((action) => action.name)
  const action = findAction(reader, reading, names)
  if (!action) return
  const given = reading.inputs ? (mapOf({ ...reader, diagnostics: [] }, reading.inputs, 'with') ?? []) : []
  for (const input of given) {
    if (Object.keys(action.inputs).some((name) => name.toLowerCase() === input.key.toLowerCase())) continue
    refuse(reader, input.keyAt, {
      code: 'unknown-input',
      message: `${action.name} has no input ${input.key} here`,
      hint: nearest(input.key, Object.keys(action.inputs)),
    })
  }
  for (const [name, input] of Object.entries(action.inputs)) {
    if (!input.required || input.default !== undefined) continue
    if (given.some((entry) => entry.key.toLowerCase() === name.toLowerCase())) continue
    refuse(reader, reading.uses.node, {
      code: 'missing-input',
      message: `${action.name} needs the input ${name}`,
      hint: `Add it under with.`,
    })
  }
}

function findAction(reader: Reader, reading: UsesReading, names: string[]): KnownAction | undefined {
  const at = reading.uses.node
  const { name: uses } = reading
  if (isLocal(uses)) {
    // Its inputs are known once the workspace is there.
    if (!uses.split('/').includes('..')) return undefined
    refuse(reader, at, {
      code: 'invalid-uses',
      message: `${uses} leaves the repository`,
      hint: 'Name a folder below the root of the repository, as in ./actions/build.',
    })
    return undefined
  }
  if (uses.startsWith('docker://')) {
    refuse(reader, at, {
      code: 'unsupported-action',
      message: 'Docker actions cannot run here',
      hint: 'A job has a sandbox and no containers; write what the action does as run steps.',
    })
    return undefined
  }
  if (ownReference(uses)) return undefined
  const parts = splitUses(uses)
  if (!parts) {
    refuse(reader, at, {
      code: 'invalid-uses',
      message: `${uses || 'uses'} names no version`,
      hint: 'Write owner/name@version, as in actions/checkout@v4.',
    })
    return undefined
  }
  const action = reading.isReplaced?.(uses) ? undefined : reading.actions.get(parts.name.toLowerCase())
  if (!action) {
    checkRemote(reader, reading, names)
    return undefined
  }
  if (action.name.startsWith('signalbox/') && parts.version !== 'v1') {
    refuse(reader, at, {
      code: 'unknown-version',
      message: `${action.name} has no version ${parts.version}`,
      hint: `Write ${action.name}@v1.`,
    })
    return undefined
  }
  return action
}

/** An action of another repository: what it has is known once it is fetched, before the first step of its job. */
function checkRemote(reader: Reader, { name: uses, uses: { node } }: UsesReading, names: string[]): void {
  const reference = actionReference(uses)
  if (!reference) {
    refuse(reader, node, {
      code: 'invalid-uses',
      message: `${uses} names no action`,
      hint: `Write owner/repository@ref or owner/repository/folder@ref. ${nearest(splitUses(uses)?.name ?? '', names)}`,
    })
    return
  }
  if (reference.host === undefined && reference.owner.toLowerCase() === 'signalbox') {
    refuse(reader, node, {
      code: 'unsupported-action',
      message: `the action ${reference.owner}/${reference.repo} is not here`,
      hint: nearest(splitUses(uses)?.name ?? '', names),
    })
    return
  }
  if (/^\.github\/workflows\/[^/]+\.ya?ml$/.test(reference.path)) {
    refuse(reader, node, {
      code: 'invalid-uses',
      message: `${uses} is a workflow, not an action`,
      hint: 'A job calls it, by `uses` beside `runs-on`’s place; a step cannot.',
    })
  }
}
