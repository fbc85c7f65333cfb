import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { PermittedButton } from '../../components/permitted-button.tsx'
import { ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { useTitle } from '../../lib/use-title.ts'
import { useFrameVerbs } from '../../lib/verbs-context.ts'
import { may, useVerb } from './use-verbs.ts'

/** Title and the verbs that fit at any stage. */
export function ChangeHead({ change }: { change: ChangeDetail }) {
  const [asking, setAsking] = useState(false)
  const { giveGoal } = useFrameVerbs()
  useTitle(`#${change.number} ${change.title} · ${change.projectSlug}`)
  const gated = change.waitingFor === 'merge' || change.waitingFor === 'approval'
  const params = { change: change.id }
  const retry = useVerb(() => call('retryChange', { params }))
  const cancel = useVerb(
    () => call('cancelChange', { params }),
    () => setAsking(false),
  )
  return (
    <header>
      <p className="crumbs">
        <Link to="/changes" search={{ project: change.projectSlug }}>
          {change.projectSlug}
        </Link>
        <span aria-hidden="true">/</span>
        <span>change #{change.number}</span>
      </p>
      <div className="page-head">
        <h1 className="grow" style={{ overflowWrap: 'anywhere' }}>
          {change.title}
        </h1>
        {may(change, 'retry') ? (
          <PermittedButton
            permission="change.write"
            project={change.projectSlug}
            onClick={() => retry.mutate(undefined)}
            loading={retry.isPending}
          >
            Validate again
          </PermittedButton>
        ) : null}
        {may(change, 'cancel') ? (
          <PermittedButton
            permission="change.write"
            project={change.projectSlug}
            onClick={() => setAsking(true)}
            data-testid="cancel-button"
            data-answer={gated ? 'n' : undefined}
            rightSection={gated ? <kbd>n</kbd> : undefined}
          >
            Cancel the change
          </PermittedButton>
        ) : null}
        {change.status === 'completed' ? (
          <PermittedButton
            permission="change.write"
            project={change.projectSlug}
            onClick={() => giveGoal(change.projectSlug)}
          >
            Give another goal
          </PermittedButton>
        ) : null}
      </div>
      {retry.error ? <ProblemNote error={retry.error} /> : null}
      <ConfirmDialog
        open={asking}
        title={`Cancel change #${change.number}`}
        verb="Cancel the change"
        danger
        busy={cancel.isPending}
        error={cancel.error}
        onConfirm={() => cancel.mutate(undefined)}
        onClose={() => setAsking(false)}
      >
        Everything that runs for “{change.title}” is ended
        {change.pullRequest?.state === 'open'
          ? `, and pull request ${change.pullRequest.number} is closed`
          : ''}
        . It cannot be taken up again.
      </ConfirmDialog>
    </header>
  )
}
