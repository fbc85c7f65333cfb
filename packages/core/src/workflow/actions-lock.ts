import type { Diagnostic } from '../base/diagnostics.ts'
import { type ActionReference, actionReference, isCommitId, referenceKey } from './action-reference.ts'
import { entriesByKey } from './read/read-keys.ts'
import { mapOf, type Reader, refuse, textOf } from './read/reader.ts'
import { readYaml } from './read/yaml-tree.ts'

/** Where the lock file stands in a repository. */
export const actionsLockFile = '.signalbox/actions.lock'

/** Which commit each `owner/repo@ref` is, by `referenceKey`. */
export type ActionsLock = ReadonlyMap<string, string>

/** The commit that a reference must be: what the lock says, or its ref when that is a commit; undefined: any. */
export function lockedCommit(lock: ActionsLock | undefined, reference: ActionReference): string | undefined {
  return isCommitId(reference.ref) ? reference.ref : lock?.get(referenceKey(reference))
}

/**
 * Understands a lock file: JSON with `version: 1` and `actions`, an object of `owner/repo@ref` to commit ids. `lock`
 * is there when nothing is wrong with it: half a lock would pin half of what it seems to. Never throws.
 */
export function parseActionsLock(
  file: string,
  text: string,
): { lock?: ActionsLock; diagnostics: Diagnostic[] } {
  // JSON is YAML, and this reader knows where everything stands.
  const { root, diagnostics } = readYaml(file, text)
  if (!root) return { diagnostics }
  const reader: Reader = { file, diagnostics }
  const { version, actions, ...others } = entriesByKey(
    mapOf(reader, { node: root, token: undefined }, 'the lock file') ?? [],
  )
  if (!version || textOf(reader, version, 'version') !== '1') {
    refuse(reader, version?.node ?? root, {
      code: 'unknown-version',
      message: 'this is no lock file of version 1',
      hint: 'Make it anew: signalbox actions lock.',
    })
  }
  for (const other of Object.values(others)) {
    if (other) refuse(reader, other.keyAt, { code: 'unknown-key', message: `${other.key} is not known here` })
  }
  const lock = new Map<string, string>()
  for (const entry of actions ? (mapOf(reader, actions, 'actions') ?? []) : []) {
    const reference = actionReference(entry.key)
    const commit = textOf(reader, entry, entry.key) ?? ''
    if (reference?.path !== '' || !isCommitId(commit)) {
      refuse(reader, entry.keyAt, {
        code: 'invalid-lock',
        message: `${entry.key} is not owner/repository@ref with a whole commit id`,
        hint: 'Make it anew: signalbox actions lock.',
      })
    } else lock.set(referenceKey(reference), commit)
  }
  return diagnostics.some((d) => d.severity === 'error') ? { diagnostics } : { lock, diagnostics }
}

/** The text of a lock file, in the order of names, so that a change of one action is a change of one line. */
export function formatActionsLock(lock: ActionsLock): string {
  const actions = Object.fromEntries([...lock].sort(([a], [b]) => (a < b ? -1 : 1)))
  return `${JSON.stringify({ version: 1, actions }, undefined, 2)}\n`
}
