import { useMemo, useState } from 'react'
import { type DiffFile, parseDiff } from '../lib/diff.ts'
import { plural } from '../lib/format.ts'
import { Chevron } from './chevron.tsx'

const marks: Record<string, string> = { added: '+', removed: '−', same: ' ', gap: '', note: '' }
/** Files longer than this are folded at first. */
const foldedRows = 400

/** A unified diff, file by file. */
export function DiffView({ diff, truncated }: { diff: string; truncated: boolean }) {
  const files = useMemo(() => parseDiff(diff), [diff])
  const added = files.reduce((sum, file) => sum + file.added, 0)
  const removed = files.reduce((sum, file) => sum + file.removed, 0)
  return (
    <div className="stack">
      <p className="muted">
        {plural(files.length, 'file')} changed, <span className="added">+{added}</span>{' '}
        <span className="removed">−{removed}</span>
        {truncated ? ' · cut at 1 MB: fetch the branch to see the rest' : ''}
      </p>
      {files.map((file) => (
        <FileDiff key={file.path} file={file} />
      ))}
    </div>
  )
}

function FileDiff({ file }: { file: DiffFile }) {
  const [open, setOpen] = useState(file.rows.length <= foldedRows)
  return (
    <div className="diff-file">
      <button type="button" className="diff-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Chevron />
        <span className="mono cut">
          {file.from ? `${file.from} → ` : ''}
          {file.path}
        </span>
        {file.status === 'changed' ? null : <span className="muted">{file.status}</span>}
        <span className="grow" />
        <span className="added">+{file.added}</span>
        <span className="removed">−{file.removed}</span>
      </button>
      {open ? <Rows file={file} /> : null}
    </div>
  )
}

function Rows({ file }: { file: DiffFile }) {
  if (file.binary) return <p className="section-body muted">A binary file.</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="diff-rows" tabIndex={0} aria-label={`Diff of ${file.path}`}>
      <table className="diff-table">
        <tbody>
          {file.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row of a diff is known by its place
            <tr key={index} className={`is-${row.kind}`}>
              <td>{row.oldLine}</td>
              <td>{row.newLine}</td>
              <td>
                <span className={row.kind}>{marks[row.kind]}</span> {row.text}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
