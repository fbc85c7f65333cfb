import type { ReviewComment } from '@signalbox/core/contract/views/comments.ts'
import type { DiffFile, DiffRow } from './diff.ts'

/** Lines of one side of a file that somebody picks to comment on. */
export interface PickedLines {
  path: string
  side: 'old' | 'new'
  from: number
  to: number
}

/** The side and number by which a row is commented on: an added or kept line by its new number. */
export function placeOfRow(row: DiffRow): { side: 'old' | 'new'; line: number } | null {
  if (row.newLine !== null) return { side: 'new', line: row.newLine }
  return row.oldLine === null ? null : { side: 'old', line: row.oldLine }
}

/** Picks a line, or with `extend` all from the first picked one on the same side of the same file. */
export function pickLine(
  picked: PickedLines | null,
  at: { path: string; side: 'old' | 'new'; line: number },
  extend: boolean,
): PickedLines {
  const { path, side, line } = at
  if (!extend || picked?.path !== path || picked.side !== side) return { path, side, from: line, to: line }
  return { path, side, from: Math.min(picked.from, line), to: Math.max(picked.to, line) }
}

/** The code that a comment on these lines is about, as the diff shows it. */
export function quoteOf(rows: readonly DiffRow[], picked: PickedLines): string {
  return rows
    .filter((row) => {
      const line = picked.side === 'new' ? row.newLine : row.oldLine
      return line !== null && line >= picked.from && line <= picked.to
    })
    .map((row) => row.text)
    .join('\n')
    .slice(0, 8000)
}

/**
 * Where the comments of a file stand: below the row of their last line, or in `loose` when they were said of
 * an older head or their line is not shown.
 */
export function placeComments(
  file: DiffFile,
  rows: readonly DiffRow[],
  comments: readonly ReviewComment[],
): { below: Map<DiffRow, ReviewComment[]>; loose: ReviewComment[] } {
  const below = new Map<DiffRow, ReviewComment[]>()
  const loose: ReviewComment[] = []
  for (const comment of comments) {
    if (comment.path !== file.path && comment.path !== file.from) continue
    const row = comment.outdated
      ? undefined
      : rows.find((each) => (comment.side === 'new' ? each.newLine : each.oldLine) === comment.endLine)
    if (row) below.set(row, [...(below.get(row) ?? []), comment])
    else loose.push(comment)
  }
  return { below, loose }
}
