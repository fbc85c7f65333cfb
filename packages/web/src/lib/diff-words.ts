import type { DiffRow } from './diff.ts'

/** A stretch of a line, and whether it differs from the line on the other side. */
export interface WordPart {
  text: string
  changed: boolean
}

/** Longer lines are shown without marks: comparing words costs their product. */
const maxWords = 200

/** Two lines word by word: what of each is not in the other, in order. Null when they have too little in common. */
export function wordParts(before: string, after: string): { old: WordPart[]; new: WordPart[] } | null {
  const [a, b] = [wordsOf(before), wordsOf(after)]
  if (a.length > maxWords || b.length > maxWords) return null
  const common = commonWords(a, b)
  const kept = common.old.filter(Boolean).length
  // Lines that share next to nothing were not edited but replaced: marks all over say nothing.
  if (kept * 3 < Math.max(a.length, b.length)) return null
  return { old: joined(a, common.old), new: joined(b, common.new) }
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? []
}

/** Which words of each belong to their longest common run of words. */
function commonWords(a: string[], b: string[]): { old: boolean[]; new: boolean[] } {
  const width = b.length + 1
  const lengths = new Uint16Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0)
    }
  }
  const found = { old: a.map(() => false), new: b.map(() => false) }
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      found.old[i] = true
      found.new[j] = true
      i += 1
      j += 1
    } else if ((lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0)) i += 1
    else j += 1
  }
  return found
}

function joined(words: string[], common: boolean[]): WordPart[] {
  const parts: WordPart[] = []
  for (const [index, text] of words.entries()) {
    const changed = !common[index]
    const last = parts.at(-1)
    if (last && last.changed === changed) last.text += text
    else parts.push({ text, changed })
  }
  return parts
}

/** The rows of a file with the words that differ: a removed line against the added one in the same place. */
export function wordsOfRows(rows: readonly DiffRow[]): Map<DiffRow, WordPart[]> {
  const found = new Map<DiffRow, WordPart[]>()
  for (const { removed, added } of editsOf(rows)) {
    for (const [index, before] of removed.entries()) {
      const after = added[index]
      const parts = after ? wordParts(before.text, after.text) : null
      if (!after || !parts) continue
      found.set(before, parts.old)
      found.set(after, parts.new)
    }
  }
  return found
}

/** Removed rows with the added ones that stand directly below them. */
function editsOf(rows: readonly DiffRow[]): { removed: DiffRow[]; added: DiffRow[] }[] {
  const edits: { removed: DiffRow[]; added: DiffRow[] }[] = []
  let edit = { removed: [] as DiffRow[], added: [] as DiffRow[] }
  for (const row of rows) {
    if (row.kind === 'removed' && edit.added.length === 0) edit.removed.push(row)
    else if (row.kind === 'added') edit.added.push(row)
    else {
      edits.push(edit)
      edit = { removed: row.kind === 'removed' ? [row] : [], added: [] }
    }
  }
  return [...edits, edit].filter((each) => each.removed.length > 0 && each.added.length > 0)
}

/** Rows side by side: what was removed beside what was added, the rest on both sides. */
export function sideBySide(rows: readonly DiffRow[]): { old: DiffRow | null; new: DiffRow | null }[] {
  const pairs: { old: DiffRow | null; new: DiffRow | null }[] = []
  let waiting: DiffRow[] = []
  const flush = () => {
    for (const row of waiting) pairs.push({ old: row, new: null })
    waiting = []
  }
  for (const row of rows) {
    if (row.kind === 'removed') waiting.push(row)
    else if (row.kind === 'added') pairs.push({ old: waiting.shift() ?? null, new: row })
    else {
      flush()
      pairs.push({ old: row, new: row })
    }
  }
  flush()
  return pairs
}
