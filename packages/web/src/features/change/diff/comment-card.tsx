import { Button } from '@mantine/core'
import type { ReviewComment } from '@signalbox/core/contract/views/comments.ts'
import { useState } from 'react'
import { Prose } from '../../../components/prose.tsx'
import { ProblemNote } from '../../../components/states.tsx'
import { Ago } from '../../../components/time.tsx'
import { CommentBox } from './comment-box.tsx'
import type { Comments } from './use-comments.ts'

const stateWords = { open: 'not sent', sent: 'sent to the agent', resolved: 'resolved' } as const

interface CommentProps {
  comment: ReviewComment
  comments: Comments
  /** Show the code: the comment does not stand below it. */
  quoted: boolean
}

/** One comment: who said what of which lines, and what may be done with it. */
export function CommentCard({ comment, comments, quoted }: CommentProps) {
  const resolved = comment.state === 'resolved'
  const [unfolded, setUnfolded] = useState(false)
  const folded = resolved && !unfolded
  const lines =
    comment.startLine === comment.endLine
      ? `line ${comment.startLine}`
      : `lines ${comment.startLine}–${comment.endLine}`
  return (
    <article
      className={`comment is-${comment.state}`}
      data-testid="comment"
      data-state={comment.state}
      aria-label={`Comment on ${lines}`}
    >
      <header className="row row-wrap">
        <b>{comment.author?.name ?? 'Somebody who left'}</b>
        <span className="faint">
          {lines}
          {comment.side === 'old' ? ' before the change' : ''} · <Ago at={comment.createdAt} />
        </span>
        <span className={`chip comment-state is-${comment.state}`}>{stateWords[comment.state]}</span>
        {comment.outdated ? (
          <span className="chip" title={`Said of commit ${comment.commit}`}>
            outdated
          </span>
        ) : null}
        {resolved ? (
          <Button size="compact-xs" aria-expanded={!folded} onClick={() => setUnfolded(!unfolded)}>
            {folded ? 'Show' : 'Fold'}
          </Button>
        ) : null}
      </header>
      {folded ? null : <CommentBody comment={comment} comments={comments} quoted={quoted} />}
    </article>
  )
}

/** The words of a comment, and what may be done with it. */
function CommentBody({ comment, comments, quoted }: CommentProps) {
  const [editing, setEditing] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const resolved = comment.state === 'resolved'
  const act = (work: Promise<unknown>) => void work.catch(setError)
  return (
    <>
      {quoted && comment.quote ? <pre className="code comment-quote">{comment.quote}</pre> : null}
      {editing ? (
        <CommentBox
          label="Your comment"
          verb="Save"
          start={comment.body}
          onSave={async (body) => {
            await comments.reword(comment.id, body)
            setEditing(false)
          }}
          onCancel={() => setEditing(false)}
        />
      ) : (
        <Prose text={comment.body} />
      )}
      {error ? <ProblemNote error={error} /> : null}
      {editing ? null : (
        <div className="row row-wrap">
          <Button size="compact-xs" onClick={() => act(comments.resolve(comment.id, !resolved))}>
            {resolved ? 'Take up again' : 'Resolve'}
          </Button>
          {comment.mine && comment.state === 'open' ? (
            <>
              <Button size="compact-xs" onClick={() => setEditing(true)}>
                Edit
              </Button>
              <Button size="compact-xs" onClick={() => act(comments.remove(comment.id))}>
                Delete
              </Button>
            </>
          ) : null}
        </div>
      )}
    </>
  )
}
