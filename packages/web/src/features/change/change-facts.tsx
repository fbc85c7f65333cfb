import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { Link } from '@tanstack/react-router'
import { Hash } from '../../components/hash.tsx'
import { Ago, Elapsed } from '../../components/time.tsx'
import { usageOf } from '../../lib/conversation.ts'

/** What one wants to know beside the stage: who works, how long, how often, at what cost. */
export function ChangeFacts({ change }: { change: ChangeDetail }) {
  const usage = change.agentRun?.usage ?? usageOf(change.agentRun?.conversation ?? [])
  const ended = change.status === 'completed' ? change.updatedAt : null
  return (
    <aside aria-label="Facts">
      <dl className="facts">
        <dt>Project</dt>
        <dd>
          <Link to="/changes" search={{ project: change.projectSlug }} className="link">
            {change.projectSlug}
          </Link>
        </dd>
        {change.agentRun ? (
          <>
            <dt>Agent</dt>
            <dd>
              {change.agentRun.label}
              {change.agentRun.scripted && !/script/i.test(change.agentRun.label) ? (
                <span className="muted"> · plays a script, asks no model</span>
              ) : null}
            </dd>
          </>
        ) : null}
        <dt>Began</dt>
        <dd>
          <Ago at={change.createdAt} />
        </dd>
        <dt>{ended ? 'Took' : 'So far'}</dt>
        <dd>
          <Elapsed from={change.createdAt} to={ended} />
        </dd>
        <dt>Fixes</dt>
        <dd>
          {change.fixAttempts} of {change.maxFixAttempts}
        </dd>
        {change.pullRequest ? (
          <>
            <dt>Branch</dt>
            <dd className="mono">{change.pullRequest.headBranch}</dd>
            <dt>Commit</dt>
            <dd>
              <Hash commit={change.pullRequest.landedCommit ?? change.pullRequest.headCommit} />
              <span className="muted"> {change.pullRequest.landedCommit ? 'landed' : 'head'}</span>
            </dd>
          </>
        ) : null}
        {usage ? (
          <>
            <dt>Tokens</dt>
            <dd>
              {(usage.inputTokens + usage.outputTokens).toLocaleString()}
              {usage.costUsd > 0 ? ` · $${usage.costUsd.toFixed(2)}` : ''}
            </dd>
          </>
        ) : null}
      </dl>
    </aside>
  )
}
