import { Button } from '@mantine/core'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { ProblemNote } from '../../../components/states.tsx'
import { call } from '../../../lib/api.ts'
import { plural } from '../../../lib/format.ts'
import { may, useVerb } from '../use-verbs.ts'
import type { Comments } from './use-comments.ts'

/** How many comments the agent has not been told, and the button that tells it all of them. */
export function SendComments({ change, comments }: { change: ChangeDetail; comments: Comments }) {
  const open = comments.items.filter((comment) => comment.state === 'open').length
  const send = useVerb(
    () => call('sendComments', { params: { change: change.id }, body: {} }),
    comments.refetch,
  )
  if (open === 0) return null
  const allowed = may(change, 'message')
  return (
    <div className="send-comments" data-testid="send-comments">
      <span>
        <b>{plural(open, 'comment')}</b> the agent has not been told
        {allowed ? '' : '; it can be told when the change waits for a person'}
      </span>
      <span className="grow" />
      <Button
        variant="filled"
        size="compact-sm"
        disabled={!allowed}
        loading={send.isPending}
        onClick={() => send.mutate(undefined)}
        data-testid="comments-send"
      >
        Send to the agent
      </Button>
      {send.error ? <ProblemNote error={send.error} /> : null}
    </div>
  )
}
