import type { ReviewComment } from '@signalbox/core/contract/views/comments.ts'
import { Fragment, type KeyboardEvent, type ReactNode, useMemo } from 'react'
import { type PickedLines, pickLine, placeOfRow } from '../../../lib/comment-places.ts'
import type { DiffFile, DiffRow } from '../../../lib/diff.ts'
import { sideBySide, type WordPart, wordsOfRows } from '../../../lib/diff-words.ts'
import { CommentBox } from './comment-box.tsx'
import { CommentCard } from './comment-card.tsx'
import { HiddenButton } from './hidden-button.tsx'
import type { Comments } from './use-comments.ts'

const marks: Record<string, string> = { added: '+', removed: '−', same: ' ', gap: '', note: '' }

interface DiffRowsProps {
  file: DiffFile
  rows: readonly DiffRow[]
  split: boolean
  below: Map<DiffRow, ReviewComment[]>
  comments: Comments
  picked: PickedLines | null
  onPick: (picked: PickedLines | null) => void
  onSave: (body: string) => Promise<unknown>
  onShowHidden: (gap: DiffRow) => void
}

/** The lines of a file, in one column or side by side, each with what was said of it. */
export function DiffRows(props: DiffRowsProps) {
  const { file, rows, split } = props
  const words = useMemo(() => wordsOfRows(rows), [rows])
  const pairs = useMemo(() => (split ? sideBySide(rows) : []), [rows, split])
  function onKey(event: KeyboardEvent<HTMLTableElement>) {
    const row = event.target instanceof HTMLTableRowElement ? event.target : null
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      focusBeside(row, event.key === 'ArrowDown' ? 1 : -1)
    } else if (event.key === 'c' || event.key === 'C' || event.key === 'Enter') {
      event.preventDefault()
      event.stopPropagation()
      row.querySelector<HTMLButtonElement>('.diff-add')?.click()
    }
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="diff-rows" tabIndex={0} aria-label={`Diff of ${file.path}`}>
      <table className={split ? 'diff-table is-split' : 'diff-table'} onKeyDown={onKey}>
        {split ? (
          <colgroup>
            <col style={{ width: 56 }} />
            <col />
            <col style={{ width: 56 }} />
            <col />
          </colgroup>
        ) : null}
        <tbody>
          {split
            ? pairs.map((pair, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a row of a diff is known by its place
                <Fragment key={index}>
                  <PairRow {...props} pair={pair} words={words} />
                  <Said {...props} rowsAbove={[pair.old, pair.new]} columns={4} />
                </Fragment>
              ))
            : rows.map((row, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a row of a diff is known by its place
                <Fragment key={index}>
                  <UnifiedRow {...props} row={row} index={index} words={words.get(row)} />
                  <Said {...props} rowsAbove={[row]} columns={3} />
                </Fragment>
              ))}
        </tbody>
      </table>
    </section>
  )
}

function focusBeside(row: HTMLTableRowElement, step: 1 | -1): void {
  let next = step > 0 ? row.nextElementSibling : row.previousElementSibling
  while (next && !next.hasAttribute('tabindex'))
    next = step > 0 ? next.nextElementSibling : next.previousElementSibling
  if (next instanceof HTMLElement) next.focus()
}

function isPicked(picked: PickedLines | null, row: DiffRow): boolean {
  const line = picked?.side === 'new' ? row.newLine : row.oldLine
  return picked !== null && line !== null && line >= picked.from && line <= picked.to
}

/** The number of a line; pressed, it begins a comment, with shift it takes the lines up to it. */
function AddButton({
  file,
  row,
  side,
  picked,
  onPick,
}: DiffRowsProps & { row: DiffRow; side: 'old' | 'new' }) {
  const line = side === 'new' ? row.newLine : row.oldLine
  if (line === null) return null
  return (
    <button
      type="button"
      className="diff-add"
      tabIndex={-1}
      aria-label={`Comment on line ${line}${side === 'old' ? ' before the change' : ''}`}
      onClick={(event) => onPick(pickLine(picked, { path: file.path, side, line }, event.shiftKey))}
    >
      {line}
    </button>
  )
}

function UnifiedRow(props: DiffRowsProps & { row: DiffRow; index: number; words: WordPart[] | undefined }) {
  const { row, rows, index, picked } = props
  const place = placeOfRow(row)
  if (row.kind === 'gap') {
    return (
      <tr className="is-gap" tabIndex={-1}>
        <td colSpan={2} className="diff-number">
          <HiddenButton rows={rows} index={index} onShow={() => props.onShowHidden(row)} />
        </td>
        <td>{row.text}</td>
      </tr>
    )
  }
  return (
    <tr className={`is-${row.kind}${isPicked(picked, row) ? ' is-picked' : ''}`} tabIndex={-1}>
      <td className="diff-number">
        {place?.side === 'old' ? <AddButton {...props} side="old" /> : row.oldLine}
      </td>
      <td className="diff-number">
        {place?.side === 'new' ? <AddButton {...props} side="new" /> : row.newLine}
      </td>
      <td>
        <span className={row.kind}>{marks[row.kind]}</span> <Words row={row} words={props.words} />
      </td>
    </tr>
  )
}

function PairRow(
  props: DiffRowsProps & {
    pair: { old: DiffRow | null; new: DiffRow | null }
    words: Map<DiffRow, WordPart[]>
  },
) {
  const { pair, words, picked, rows } = props
  const one = pair.old ?? pair.new
  if (one && (one.kind === 'gap' || one.kind === 'note')) {
    return (
      <tr className={`is-${one.kind}`} tabIndex={-1}>
        <td colSpan={4}>
          <HiddenButton rows={rows} index={rows.indexOf(one)} onShow={() => props.onShowHidden(one)} />{' '}
          {one.text}
        </td>
      </tr>
    )
  }
  const cell = (row: DiffRow | null, side: 'old' | 'new'): ReactNode => {
    const kind = row ? (row.kind === 'same' ? '' : ` is-${row.kind}`) : ' is-none'
    const chosen = row && picked?.side === side && isPicked(picked, row) ? ' is-picked' : ''
    return (
      <>
        <td className={`diff-number${kind}${chosen}`}>
          {row ? <AddButton {...props} row={row} side={side} /> : null}
        </td>
        <td className={`diff-side${kind}${chosen}`}>
          {row ? <Words row={row} words={words.get(row)} /> : null}
        </td>
      </>
    )
  }
  return (
    <tr tabIndex={-1}>
      {cell(pair.old, 'old')}
      {cell(pair.new, 'new')}
    </tr>
  )
}

function Words({ row, words }: { row: DiffRow; words: WordPart[] | undefined }) {
  if (!words) return row.text
  return words.map((part, index) =>
    part.changed ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one line, in order
      <mark key={index} className={`diff-word is-${row.kind}`}>
        {part.text}
      </mark>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one line, in order
      <span key={index}>{part.text}</span>
    ),
  )
}

/** What was said of the lines that end here, and the box when one is written. */
function Said(props: DiffRowsProps & { rowsAbove: (DiffRow | null)[]; columns: number }) {
  const { rowsAbove, picked, below, comments } = props
  const above = [...new Set(rowsAbove.filter((row) => row !== null))]
  const said = above.flatMap((row) => below.get(row) ?? [])
  const writes =
    picked !== null && above.some((row) => (picked.side === 'new' ? row.newLine : row.oldLine) === picked.to)
  if (said.length === 0 && !writes) return null
  const lines =
    picked && (picked.from === picked.to ? `line ${picked.to}` : `lines ${picked.from}–${picked.to}`)
  return (
    <tr className="diff-said">
      <td colSpan={props.columns}>
        <div className="comment-group">
          {said.map((comment) => (
            <CommentCard key={comment.id} comment={comment} comments={comments} quoted={false} />
          ))}
          {writes ? (
            <CommentBox
              label={`Comment on ${lines}`}
              verb="Add the comment"
              onSave={props.onSave}
              onCancel={() => props.onPick(null)}
            />
          ) : null}
        </div>
      </td>
    </tr>
  )
}
