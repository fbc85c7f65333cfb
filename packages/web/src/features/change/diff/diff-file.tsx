import type { ReviewComment } from '@signalbox/core/contract/views/comments.ts'
import { useMemo, useState } from 'react'
import { Chevron } from '../../../components/chevron.tsx'
import { ProblemNote } from '../../../components/states.tsx'
import { call } from '../../../lib/api.ts'
import { type PickedLines, placeComments, quoteOf } from '../../../lib/comment-places.ts'
import { type DiffFile, type DiffRow, hiddenBefore, isGenerated } from '../../../lib/diff.ts'
import { CommentCard } from './comment-card.tsx'
import { DiffRows } from './diff-rows.tsx'
import { fileAnchor } from './diff-tree.tsx'
import { moreLines } from './hidden-button.tsx'
import type { Comments } from './use-comments.ts'

/** Files longer than this are folded at first. */
const foldedRows = 400

interface DiffFileProps {
  file: DiffFile
  changeId: string
  comments: Comments
  split: boolean
  /** Comments that stand on no line of it; without: found by their path. */
  loose?: ReviewComment[]
}

/** One file of the diff: folded when it is large or written by a program, with the comments on its lines. */
export function DiffFileView({ file, changeId, comments, split, loose }: DiffFileProps) {
  const generated = isGenerated(file.path)
  const [open, setOpen] = useState(!generated && file.rows.length <= foldedRows)
  const [picked, setPicked] = useState<PickedLines | null>(null)
  const [rows, setRows] = useState(file.rows)
  const [source, setSource] = useState(file)
  const [error, setError] = useState<unknown>(null)
  if (source !== file) {
    setSource(file)
    setRows(file.rows)
    setPicked(null)
  }
  const placed = useMemo(() => placeComments(file, rows, comments.items), [file, rows, comments.items])
  const outside = loose ?? placed.loose
  async function showHidden(gap: DiffRow) {
    try {
      setRows(await withHidden(changeId, file.path, rows, gap))
      setError(null)
    } catch (problem) {
      setError(problem)
    }
  }
  return (
    <div className="diff-file" data-testid="diff-file" data-path={file.path}>
      <button
        type="button"
        id={fileAnchor(file.path)}
        className="diff-head"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Chevron />
        <span className="mono cut">
          {file.from ? `${file.from} → ` : ''}
          {file.path}
        </span>
        {file.status === 'changed' ? null : <span className="muted">{file.status}</span>}
        {generated ? <span className="muted">generated</span> : null}
        {!open && !generated && file.rows.length > foldedRows ? <span className="muted">large</span> : null}
        <span className="grow" />
        <span className="added num">+{file.added}</span>
        <span className="removed num">−{file.removed}</span>
      </button>
      {outside.length > 0 ? (
        <div className="comment-group">
          {outside.map((comment) => (
            <CommentCard key={comment.id} comment={comment} comments={comments} quoted />
          ))}
        </div>
      ) : null}
      {error ? <ProblemNote error={error} /> : null}
      {open && file.binary ? <p className="section-body muted">A binary file.</p> : null}
      {open && !file.binary && rows.length > 0 ? (
        <DiffRows
          file={file}
          rows={rows}
          split={split}
          below={placed.below}
          comments={comments}
          picked={picked}
          onPick={setPicked}
          onSave={async (body) => {
            if (!picked) return
            await comments.add(picked, quoteOf(rows, picked), body)
            setPicked(null)
          }}
          onShowHidden={(gap) => void showHidden(gap)}
        />
      ) : null}
      {open && !file.binary && rows.length === 0 && file.status === 'renamed' ? (
        <p className="section-body muted">Renamed, with the same content.</p>
      ) : null}
    </div>
  )
}

/** The rows with lines of the gap read from the head: those nearest to the hunk that follows. */
async function withHidden(
  change: string,
  path: string,
  rows: readonly DiffRow[],
  gap: DiffRow,
): Promise<DiffRow[]> {
  const at = rows.indexOf(gap)
  const hidden = hiddenBefore(rows, at)
  if (!hidden) return [...rows]
  const from = Math.max(hidden.from, hidden.to - moreLines + 1)
  const { lines } = await call('getFileLines', { params: { change }, query: { path, from, to: hidden.to } })
  const shown = lines.map((text, index): DiffRow => {
    const newLine = from + index
    return { kind: 'same', oldLine: newLine + hidden.shift, newLine, text }
  })
  const rest = from > hidden.from ? [{ ...gap, text: `@@ -${from + hidden.shift} +${from} @@` }] : []
  return [...rows.slice(0, at), ...rest, ...shown, ...rows.slice(at + 1)]
}
