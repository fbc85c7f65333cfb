import { Failure } from '@signalbox/core/base/failure.ts'
import { type ProjectRow, setSyncProblem } from '../db/projects.ts'
import type { FlowDeps } from './deps.ts'
import { noticePush } from './events/notice-push.ts'

/**
 * Takes over what people committed at the origin since, before work starts from the default branch. What keeps
 * both apart is stored for the project's page; the work goes on from what is here.
 */
export async function followOrigin(deps: FlowDeps, project: ProjectRow): Promise<void> {
  if (!project.origin_url) return
  const { id: projectId, origin_url: origin, default_branch: branch } = project
  await tell(deps, project, async () => {
    const followed = await deps.forge.followOrigin({ projectId, origin, branch })
    if (followed.state !== 'diverged') {
      // Asked even when nothing moved: a crash may have come between the move and its notice.
      await noticePush(deps, projectId, null)
      return null
    }
    return (
      `${branch} here (${followed.head.slice(0, 8)}) and at the origin (${followed.origin.slice(0, 8)}) have both ` +
      'gone on: nothing is taken over or pushed until one holds the other. Merge ours into the origin by hand.'
    )
  })
}

/** Sends a landed commit to the origin, fast-forward only, when the project asks for it. */
export async function pushLanded(deps: FlowDeps, project: ProjectRow, commit: string): Promise<void> {
  if (!project.sync || !project.origin_url) return
  const { id: projectId, origin_url: origin, default_branch: branch } = project
  await tell(deps, project, async () => {
    const pushed = await deps.forge.pushToOrigin({ projectId, origin, branch, commit })
    return pushed.pushed ? null : `The origin did not take ${commit.slice(0, 8)}: ${pushed.reason}`
  })
}

/** Deletes the branch of a landed change at the origin as well, while it stands where ours stood. */
export async function deleteAtOrigin(
  deps: FlowDeps,
  project: ProjectRow,
  { branch, head }: { branch: string; head: string },
): Promise<void> {
  if (!project.sync || !project.origin_url || project.sync_problem) return
  const { id: projectId, origin_url: origin } = project
  try {
    const gone = await deps.forge.deleteAtOrigin({ projectId, origin, branch, expected: head })
    if (!gone.pushed) deps.log.info({ projectId, branch, reason: gone.reason }, 'the origin keeps the branch')
  } catch (error) {
    // A branch too many does no harm, and the landing waits for this.
    if (!(error instanceof Failure)) throw error
    deps.log.warn({ projectId, branch, err: error }, 'the branch could not be deleted at the origin')
  }
}

/** Stores the problem, or that there is none; a failure to reach the origin is a problem, not the end of the flow. */
async function tell(deps: FlowDeps, project: ProjectRow, look: () => Promise<string | null>): Promise<void> {
  let problem: string | null
  try {
    problem = await look()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    problem = error.message
  }
  if (problem) deps.log.warn({ projectId: project.id, problem }, 'project and origin are apart')
  if (problem !== project.sync_problem) await setSyncProblem(deps.db, { id: project.id, problem })
}
