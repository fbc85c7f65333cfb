import { listChanges } from '../db/changes.ts'
import { pullRequestByChange } from '../db/pull-requests.ts'
import { moveChange } from '../db/state.ts'
import type { FlowDeps } from './deps.ts'

const openAtMost = 1000

/**
 * A push has ended: changes that wait while their branch has a new head are validated with it. What is being
 * validated or worked on looks at its branch by itself.
 */
export async function noticePush(deps: FlowDeps, projectId: string): Promise<void> {
  for (const change of await listChanges(deps.db, { projectId, open: true, limit: openAtMost })) {
    if (change.status !== 'waiting') continue
    const pullRequest = await pullRequestByChange(deps.db, change.id)
    const head = pullRequest && (await deps.forge.head(projectId, pullRequest.head_branch))
    if (!head || head === pullRequest.head_commit) continue
    await moveChange(deps.db, {
      id: change.id,
      fence: change.fence,
      event: { type: 'revalidate' },
      now: deps.clock.now(),
      patch: { validation_run_id: null },
      also: async (tx) => await deps.queue.send(tx, 'advance-change', { changeId: change.id }),
    })
  }
}
