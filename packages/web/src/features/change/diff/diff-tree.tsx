import type { ReviewComment } from '@signalbox/core/contract/views/comments.ts'
import type { DiffFile } from '../../../lib/diff.ts'

const marks = { added: 'A', removed: 'D', renamed: 'R', changed: 'M' } as const
const words = { added: 'added', removed: 'removed', renamed: 'renamed', changed: 'changed' } as const

/** The element of a file in the diff. */
export function fileAnchor(path: string): string {
  return `file-${path.replaceAll(/[^\w.-]/g, '_')}`
}

/** The changed files by folder, with how much changed and how many comments stand on each. */
export function DiffTree({ files, comments }: { files: DiffFile[]; comments: ReviewComment[] }) {
  const folders = Map.groupBy(files, (file) => file.path.split('/').slice(0, -1).join('/'))
  return (
    <nav className="diff-tree" aria-label="Changed files">
      {[...folders].map(([folder, of]) => (
        <div key={folder}>
          {folder ? <p className="faint mono cut diff-folder">{folder}/</p> : null}
          <ul>
            {of.map((file) => (
              <TreeFile key={file.path} file={file} comments={comments} />
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}

function TreeFile({ file, comments }: { file: DiffFile; comments: ReviewComment[] }) {
  const said = comments.filter((comment) => comment.path === file.path && comment.state !== 'resolved').length
  return (
    <li>
      <button
        type="button"
        className="diff-tree-file"
        title={file.path}
        onClick={() => {
          const head = document.getElementById(fileAnchor(file.path))
          head?.scrollIntoView({ block: 'start' })
          head?.focus()
        }}
      >
        <span className={`diff-mark is-${file.status}`} role="img" aria-label={words[file.status]}>
          {marks[file.status]}
        </span>
        <span className="cut grow mono">{file.path.split('/').at(-1)}</span>
        {said > 0 ? (
          <span className="chip" title={`${said} comments`}>
            {said}
          </span>
        ) : null}
        <span className="added num">+{file.added}</span>
        <span className="removed num">−{file.removed}</span>
      </button>
    </li>
  )
}
