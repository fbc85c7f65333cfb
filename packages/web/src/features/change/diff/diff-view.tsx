import { Button } from '@mantine/core'
import type { ChangeDetail, PullRequestView } from '@signalbox/core/contract/views/changes.ts'
import { type KeyboardEvent, useMemo, useRef, useState } from 'react'
import { Empty, ProblemNote } from '../../../components/states.tsx'
import { parseDiff } from '../../../lib/diff.ts'
import { plural } from '../../../lib/format.ts'
import { DiffFileView } from './diff-file.tsx'
import { DiffTree } from './diff-tree.tsx'
import { SendComments } from './send-comments.tsx'
import { useComments } from './use-comments.ts'

interface DiffViewProps {
  change: ChangeDetail
  pullRequest: PullRequestView
  diff: string
  truncated: boolean
}

const viewKey = 'signalbox.diff-view'

/** The pull request file by file, with comments on its lines. Keys: j k files, [ ] hunks, c comments on a line. */
export function DiffView({ change, pullRequest, diff, truncated }: DiffViewProps) {
  const frame = useRef<HTMLDivElement>(null)
  const files = useMemo(() => parseDiff(diff), [diff])
  const comments = useComments(change.id, pullRequest.headCommit)
  const [split, setSplit] = useState(() => localStorage.getItem(viewKey) === 'split')
  const added = files.reduce((sum, file) => sum + file.added, 0)
  const removed = files.reduce((sum, file) => sum + file.removed, 0)
  function onKey(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const steps: Record<string, [selector: string, step: 1 | -1]> = {
      j: ['.diff-head', 1],
      k: ['.diff-head', -1],
      ']': ['tr.is-gap', 1],
      '[': ['tr.is-gap', -1],
    }
    const wanted = steps[event.key]
    if (!wanted || !frame.current) return
    event.preventDefault()
    event.stopPropagation()
    goTo(frame.current, ...wanted)
  }
  function toggleSplit() {
    localStorage.setItem(viewKey, split ? 'unified' : 'split')
    setSplit(!split)
  }
  if (files.length === 0) return <Empty title="No difference">The branch has what its base has.</Empty>
  const paths = new Set(files.flatMap((file) => [file.path, file.from ?? '']))
  const gone = comments.items.filter((comment) => !paths.has(comment.path))
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of what is inside, which is interactive
    <div className="diff stack" ref={frame} onKeyDown={onKey} data-testid="diff">
      <div className="row row-wrap">
        <span className="muted">
          {plural(files.length, 'file')} changed, <span className="added">+{added}</span>{' '}
          <span className="removed">−{removed}</span>
          {truncated ? ' · cut at 1 MB: fetch the branch to see the rest' : ''}
        </span>
        <span className="grow" />
        <span className="faint diff-keys">
          <kbd>j</kbd> <kbd>k</kbd> files · <kbd>[</kbd> <kbd>]</kbd> hunks · <kbd>c</kbd> comment
        </span>
        <Button size="compact-xs" className="diff-split-button" aria-pressed={split} onClick={toggleSplit}>
          {split ? 'One column' : 'Side by side'}
        </Button>
      </div>
      {comments.error ? <ProblemNote error={comments.error} onRetry={comments.refetch} /> : null}
      <SendComments change={change} comments={comments} />
      <div className={files.length > 1 ? 'diff-grid' : undefined}>
        {files.length > 1 ? <DiffTree files={files} comments={comments.items} /> : null}
        <div className="stack" style={{ minWidth: 0 }}>
          {files.map((file) => (
            <DiffFileView
              key={file.path}
              file={file}
              changeId={change.id}
              comments={comments}
              split={split}
            />
          ))}
          {gone.length > 0 ? (
            <DiffFileView
              file={{
                path: 'Files that are no longer in the diff',
                from: null,
                status: 'changed',
                binary: false,
                added: 0,
                removed: 0,
                rows: [],
              }}
              changeId={change.id}
              comments={comments}
              loose={gone}
              split={false}
            />
          ) : null}
        </div>
      </div>
    </div>
  )
}

/** Focuses the next one after what has the focus now. */
function goTo(frame: HTMLElement, selector: string, step: 1 | -1): void {
  const all = [...frame.querySelectorAll<HTMLElement>(selector)]
  const now = document.activeElement
  const before = (each: HTMLElement) =>
    now !== null && (each.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0
  const after = (each: HTMLElement) =>
    now === null || (each.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_PRECEDING) !== 0
  const next = step > 0 ? all.find(after) : all.findLast(before)
  next?.focus()
  next?.scrollIntoView({ block: 'start' })
}
