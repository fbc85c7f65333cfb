import { Failure } from '@signalbox/core/base/failure.ts'
import { commentsByChange, markCommentsSent } from '../../db/review-comments.ts'
import type { FlowDeps } from '../deps.ts'
import { commentMessage } from './comment-message.ts'
import { tellAgent } from './person.ts'

/**
 * Puts every open comment of a change into one message of the agent's conversation. The message and the mark
 * on each comment are one transaction: a crash neither loses a comment nor says it twice.
 */
export async function sendComments(
  deps: FlowDeps,
  input: { changeId: string; note?: string },
): Promise<void> {
  const comments = await commentsByChange(deps.db, input.changeId)
  const open = comments.filter((comment) => comment.state === 'open')
  if (open.length === 0) throw new Failure('refused', 'There is no comment that the agent has not been told.')
  const { text, ids } = commentMessage(open, input.note)
  await tellAgent(deps, { changeId: input.changeId, text }, async (tx, change) => {
    const now = deps.clock.now()
    const sent = await markCommentsSent(tx, {
      ids,
      changeId: change.id,
      projectId: change.project_id,
      now,
    })
    if (sent.length === ids.length) return
    throw new Failure('stale-fence', 'A comment was sent or resolved while you decided. Look again.')
  })
}
