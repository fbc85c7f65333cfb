import type { JsonValue } from '@signalbox/core/base/json.ts'
import type { Queryable } from '../../db/connect.ts'
import { occurrencesOfChange } from '../../db/occurrences.ts'
import type { PullRequestRow } from '../../db/pull-requests.ts'
import type { ChangeRow } from '../../db/state-of.ts'
import type { FlowDeps } from '../deps.ts'
import { announce } from './announce.ts'

type Deps = Pick<FlowDeps, 'queue'>

/**
 * What would land has a new commit: `pull_request` on that merge commit, without secrets, for its workflow files are
 * the change's; `pull_request_target` on the base, with secrets, for nothing of the change is in it.
 */
export async function announceMergeCommit(
  deps: Deps,
  tx: Queryable,
  { change, pullRequest }: { change: ChangeRow; pullRequest: PullRequestRow & { merge_commit: string } },
): Promise<void> {
  const before = await occurrencesOfChange(tx, { changeId: change.id, name: 'pull_request' })
  const action = before.length === 0 ? 'opened' : 'synchronize'
  const both = {
    projectId: pullRequest.project_id,
    changeId: change.id,
    action,
    before: pullRequest.base_commit,
    branch: pullRequest.base_branch,
    payload: payloadOf(change, pullRequest),
  }
  await announce(deps, tx, {
    ...both,
    name: 'pull_request',
    ref: `refs/pull/${pullRequest.number}/merge`,
    commit: pullRequest.merge_commit,
    trusted: false,
  })
  await announce(deps, tx, {
    ...both,
    name: 'pull_request_target',
    ref: `refs/heads/${pullRequest.base_branch}`,
    commit: pullRequest.base_commit,
    trusted: true,
  })
}

/** It ended: what landed is trusted, for it went through the gates; what was closed without landing is not. */
export async function announceClosed(
  deps: Deps,
  tx: Queryable,
  { change, pullRequest }: { change: ChangeRow; pullRequest: PullRequestRow },
): Promise<void> {
  const { landed_commit: landed, base_branch: base } = pullRequest
  const both = {
    projectId: pullRequest.project_id,
    changeId: change.id,
    action: 'closed',
    before: pullRequest.base_commit,
    branch: base,
    payload: payloadOf(change, pullRequest),
  }
  await announce(deps, tx, {
    ...both,
    name: 'pull_request',
    ref: landed ? `refs/heads/${base}` : `refs/pull/${pullRequest.number}/merge`,
    commit: landed ?? pullRequest.merge_commit ?? pullRequest.head_commit,
    trusted: landed !== null,
  })
  const target = { ref: `refs/heads/${base}`, commit: landed ?? pullRequest.base_commit, trusted: true }
  await announce(deps, tx, { ...both, name: 'pull_request_target', ...target })
}

function payloadOf(change: ChangeRow, pullRequest: PullRequestRow): Record<string, JsonValue> {
  const { number, title, head_branch, head_commit, base_branch, base_commit } = pullRequest
  return {
    number,
    pull_request: {
      number,
      title,
      body: change.goal.slice(0, 10_000),
      state: pullRequest.state === 'open' ? 'open' : 'closed',
      draft: false,
      merged: pullRequest.landed_commit !== null,
      merge_commit_sha: pullRequest.landed_commit ?? pullRequest.merge_commit,
      head: { ref: head_branch, sha: head_commit },
      base: { ref: base_branch, sha: base_commit },
    },
  }
}
