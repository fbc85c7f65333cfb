import { refusedKeys, supportedKeys } from '../supported.ts'
import { type LocatedEntry, type Reader, refuse } from './reader.ts'

/** Refuses every key that does not work at a level: with what to do instead, or as unknown. */
export function checkKeys(
  reader: Reader,
  entries: readonly LocatedEntry[],
  level: 'workflow' | 'job' | 'step',
): void {
  for (const entry of entries) {
    if (supportedKeys[level].includes(entry.key)) continue
    const hint = Object.hasOwn(refusedKeys[level], entry.key) ? refusedKeys[level][entry.key] : undefined
    if (hint) {
      refuse(reader, entry.keyAt, {
        code: 'unsupported-key',
        message: `the key ${entry.key} of a ${level} is not built yet`,
        hint,
      })
      continue
    }
    refuse(reader, entry.keyAt, {
      code: 'unknown-key',
      message: `${entry.key} is not a key of a ${level}`,
      hint: nearest(entry.key, supportedKeys[level]),
    })
  }
}

/** Entries by key, for destructuring. */
export function entriesByKey(entries: readonly LocatedEntry[]): { [key: string]: LocatedEntry | undefined } {
  return Object.fromEntries(entries.map((entry) => [entry.key, entry]))
}

/** A hint that names the closest known word when a slip of the hand explains the unknown one, else all of them. */
export function nearest(word: string, known: readonly string[]): string {
  const slips = Math.min(2, Math.floor(word.length / 3))
  const close = known.find(
    (candidate) => distance(word.slice(0, 40).toLowerCase(), candidate.toLowerCase()) <= slips,
  )
  if (close) return `Did you mean ${close}?`
  return known.length > 0 ? `Known here: ${known.join(', ')}.` : 'Nothing is known here.'
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
