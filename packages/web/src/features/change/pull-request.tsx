import type { ChangeDetail, PullRequestView } from '@signalbox/core/contract/views/changes.ts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { Hash } from '../../components/hash.tsx'
import { Lamp } from '../../components/lamp.tsx'
import { Bone, Loaded } from '../../components/states.tsx'
import { queries } from '../../lib/queries.ts'
import { statusLamp, statusWord } from '../../lib/signals.ts'

/** Read only when somebody looks: it is the heavy part of the page. */
const DiffView = lazy(async () => ({ default: (await import('./diff/diff-view.tsx')).DiffView }))

interface PullRequestProps {
  change: ChangeDetail
  pullRequest: PullRequestView
}

/** Branches, commits, checks and the diff. */
export function PullRequest({ change, pullRequest }: PullRequestProps) {
  const diff = useQuery(queries.diff(change.id))
  return (
    <div className="stack">
      <dl className="facts">
        <dt>Branches</dt>
        <dd className="mono">
          {pullRequest.headBranch} → {pullRequest.baseBranch}
        </dd>
        <dt>Head, base</dt>
        <dd>
          <Hash commit={pullRequest.headCommit} /> on <Hash commit={pullRequest.baseCommit} />
        </dd>
        {pullRequest.mergeCommit ? (
          <>
            <dt>Validated merge</dt>
            <dd>
              <Hash commit={pullRequest.mergeCommit} />
              {pullRequest.mergeTree ? (
                <span className="muted">
                  {' '}
                  · tree <Hash commit={pullRequest.mergeTree} />
                </span>
              ) : null}
            </dd>
          </>
        ) : null}
        {pullRequest.landedCommit ? (
          <>
            <dt>Landed</dt>
            <dd>
              <Hash commit={pullRequest.landedCommit} />
              {pullRequest.landedCommit === pullRequest.mergeCommit ? (
                <span className="lamp-text-clear"> · exactly the validated commit</span>
              ) : null}
            </dd>
          </>
        ) : null}
        {pullRequest.branchDeleted ? (
          <>
            <dt>Branch deleted</dt>
            <dd className="muted">
              bring it back with{' '}
              <code className="mono">
                git push origin {pullRequest.headCommit.slice(0, 12)}:refs/heads/{pullRequest.headBranch}
              </code>
            </dd>
          </>
        ) : null}
      </dl>
      <Checks checks={pullRequest.checks} />
      <Loaded query={diff} bones={<Bone height={160} />}>
        {(data) => (
          <Suspense fallback={<Bone height={160} />}>
            <DiffView change={change} pullRequest={pullRequest} diff={data.diff} truncated={data.truncated} />
          </Suspense>
        )}
      </Loaded>
    </div>
  )
}

function Checks({ checks }: { checks: PullRequestView['checks'] }) {
  if (checks.length === 0) return null
  return (
    <ul aria-label="Checks">
      {checks.map((check) => {
        const state = { status: 'completed', conclusion: check.conclusion } as const
        return (
          <li className="gate" key={`${check.name}${check.commit}`}>
            <Lamp lamp={statusLamp(state)} label={statusWord(state)} />
            <b style={{ fontWeight: 560 }}>
              {check.runId ? (
                <Link to="/runs/$id" params={{ id: check.runId }} className="link">
                  {check.name}
                </Link>
              ) : (
                check.name
              )}
            </b>
            <span className="muted">
              {check.summary} · <Hash commit={check.commit} />
            </span>
          </li>
        )
      })}
    </ul>
  )
}
