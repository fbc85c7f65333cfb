import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { GateReasons } from '../../components/gate-reasons.tsx'
import { Hash } from '../../components/hash.tsx'
import { PermittedButton } from '../../components/permitted-button.tsx'
import { ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { may, useVerb } from './use-verbs.ts'

/** Why it may or may not land, and the buttons where a person's word is what is missing. */
export function Gates({ change, gate }: { change: ChangeDetail; gate: NonNullable<ChangeDetail['gate']> }) {
  const params = { change: change.id }
  const pullRequest = change.pullRequest
  const approve = useVerb((commit: string) => call('approveChange', { params, body: { commit } }))
  const merge = useVerb(() => call('mergeChange', { params }))
  const error = approve.error ?? merge.error
  return (
    <div className="stack">
      <GateReasons gate={gate} />
      {error ? <ProblemNote error={error} /> : null}
      {pullRequest && may(change, 'approve') ? (
        <div className="ask">
          <p>
            This change edits how changes are proven. Read the diff: your approval holds for commit{' '}
            <Hash commit={pullRequest.headCommit} /> only.
          </p>
          <div className="row">
            <PermittedButton
              permission="change.approve"
              project={change.projectSlug}
              variant="filled"
              loading={approve.isPending}
              onClick={() => approve.mutate(pullRequest.headCommit)}
              data-testid="approve-button"
              data-answer="y"
              rightSection={<kbd>y</kbd>}
            >
              Approve these edits
            </PermittedButton>
          </div>
        </div>
      ) : null}
      {pullRequest && may(change, 'merge') ? (
        <div className="row">
          <PermittedButton
            permission="change.approve"
            project={change.projectSlug}
            variant="filled"
            loading={merge.isPending}
            onClick={() => merge.mutate(undefined)}
            data-testid="merge-button"
            data-answer="y"
            rightSection={<kbd>y</kbd>}
          >
            Merge into {pullRequest.baseBranch}
          </PermittedButton>
          {pullRequest.mergeCommit ? (
            <span className="muted">
              lands exactly the validated commit <Hash commit={pullRequest.mergeCommit} />
            </span>
          ) : null}
        </div>
      ) : null}
    </div>
  )
}
