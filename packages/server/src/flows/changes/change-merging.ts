import { newId } from '@signalbox/core/base/ids.ts'
import { staysAfterMerge } from '@signalbox/core/gates/branch-rules.ts'
import { type PullRequestRow, setMerged } from '../../db/pull-requests.ts'
import { ensureEnvironment, insertDeploymentInside } from '../deployments.ts'
import { announceClosed } from '../events/announce-pull-request.ts'
import { noticePush } from '../events/notice-push.ts'
import { deleteAtOrigin, pushLanded } from '../keep-in-step.ts'
import { type ChangeScene, move, type StageResult } from './change-scene.ts'
import { mergeDecision } from './change-validating.ts'
import { keptFor } from './kept-commits.ts'

/**
 * Lands exactly the commit that was validated: the gate is asked once more, the branch moves by
 * compare-and-set from the base that was merged, and the tree is compared before and after.
 */
export async function advanceMerging(scene: ChangeScene): Promise<StageResult> {
  const { deps, change, project, settings, pullRequest } = scene
  const { merge_commit: commit, merge_tree: tree } = pullRequest ?? {}
  if (!pullRequest || !commit || !tree) {
    return await move(scene, { type: 'machine_failed', reason: 'It has no validated commit to land.' })
  }
  const deploys = settings.deployment.enabled
  // Before anything lands: what can stop the deployment from being stored must not strand a merged change.
  if (deploys) await ensureEnvironment(deps.db, project, settings.deployment.environment)
  if (!(await alreadyLanded(scene, commit, pullRequest.base_branch))) {
    const refusal = await land(scene, pullRequest, { commit, tree })
    // Another process may have landed it since we looked; what is in the branch is never proven again.
    if (refusal && !(await alreadyLanded(scene, commit, pullRequest.base_branch))) {
      return await revalidate(scene, refusal === 'moved')
    }
  }
  // Before the row moves on: nobody would come back to it after a crash.
  const branchDeleted = await afterLanding(scene, pullRequest, commit)
  const deploymentId = deploys ? newId() : null
  return await move(
    scene,
    { type: 'merged', deploys },
    {
      patch: { deployment_id: deploymentId },
      also: async (tx) => {
        const landed = await setMerged(tx, {
          id: pullRequest.id,
          landedCommit: commit,
          branchDeleted,
          now: deps.clock.now(),
        })
        if (landed) await announceClosed(deps, tx, { change, pullRequest: landed })
        if (!deploymentId) return
        await insertDeploymentInside(deps, tx, {
          id: deploymentId,
          project,
          settings,
          changeId: change.id,
          commit,
          trigger: 'merge',
          rollbackOf: null,
        })
      },
    },
  )
}

/** Undefined when it landed; `moved`: head or base are elsewhere; `closed`: the gate says no by now. */
async function land(
  scene: ChangeScene,
  pullRequest: PullRequestRow,
  { commit, tree }: { commit: string; tree: string },
): Promise<'moved' | 'closed' | undefined> {
  const { deps, project } = scene
  const branchHead = await deps.forge.head(project.id, pullRequest.head_branch)
  if (branchHead !== pullRequest.head_commit) return 'moved'
  if ((await mergeDecision(scene, pullRequest)).decision !== 'merge') return 'closed'
  const landed = await deps.forge.landCommit({
    projectId: project.id,
    branch: pullRequest.base_branch,
    commit,
    expectedBase: pullRequest.base_commit,
    expectedTree: tree,
  })
  return landed.landed ? undefined : 'moved'
}

/** A crash between landing and its row: the branch holds the commit already. */
async function alreadyLanded(scene: ChangeScene, commit: string, branch: string): Promise<boolean> {
  const head = await scene.deps.forge.head(scene.project.id, branch)
  return head !== undefined && (await scene.deps.forge.isAncestor(scene.project.id, commit, head))
}

async function revalidate(scene: ChangeScene, fresh = true): Promise<StageResult> {
  return await move(scene, { type: 'base_moved' }, { patch: fresh ? { validation_run_id: null } : {} })
}

/** What follows a merge and may be done twice: the branch goes, the origin gets the commit. True: the branch is gone. */
async function afterLanding(
  scene: ChangeScene,
  pullRequest: PullRequestRow,
  commit: string,
): Promise<boolean> {
  const { deps, project, settings, change } = scene
  const { head_branch: branch, head_commit: head } = pullRequest
  const rules = { ...settings.repository, defaultBranch: project.default_branch }
  const goes = settings.repository.deleteMergedBranches && !staysAfterMerge(rules, branch)
  // Only where it was validated: what somebody pushed since is not in the merge.
  const deleted = goes && (await deps.forge.deleteBranch(project.id, branch, head))
  // What landed is a push to the default branch, to which workflows may answer.
  await noticePush(deps, project.id, null)
  await pushLanded(deps, project, commit)
  if (deleted) await deleteAtOrigin(deps, project, { branch, head })
  await deps.forge.releaseCommit(project.id, keptFor(change.id))
  return deleted
}
