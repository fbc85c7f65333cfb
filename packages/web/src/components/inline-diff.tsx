import { useMemo } from 'react'
import { type DiffFile, parseDiff } from '../lib/diff.ts'

const marks = { added: '+', removed: '−', same: ' ', gap: '', note: '' } as const

/** A small diff in the middle of a text: to read, without comments and sums. */
export function InlineDiff({ diff }: { diff: string }) {
  const files = useMemo(() => parseDiff(diff), [diff])
  return files.map((file) => <File key={file.path} file={file} />)
}

function File({ file }: { file: DiffFile }) {
  return (
    <div className="diff-file">
      <p className="diff-head">
        <span className="mono cut grow">{file.path}</span>
        <span className="added">+{file.added}</span>
        <span className="removed">−{file.removed}</span>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="diff-rows" tabIndex={0} aria-label={`Diff of ${file.path}`}>
        <table className="diff-table">
          <tbody>
            {file.rows.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a row of a diff is known by its place
              <tr key={index} className={`is-${row.kind}`}>
                <td className="diff-number">{row.oldLine}</td>
                <td className="diff-number">{row.newLine}</td>
                <td>
                  <span className={row.kind}>{marks[row.kind]}</span> {row.text}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  )
}
