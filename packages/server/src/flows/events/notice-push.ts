import { Failure } from '@signalbox/core/base/failure.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { opensChange } from '@signalbox/core/gates/branch-rules.ts'
import { knownBranches, learnBranches } from '../../db/branches.ts'
import { findChange } from '../../db/changes.ts'
import type { Queryable } from '../../db/connect.ts'
import { findProject, type ProjectRow } from '../../db/projects.ts'
import { openPullRequestByBranch, type PullRequestRow, setClosed } from '../../db/pull-requests.ts'
import { deletePush, insertPush, openPushes } from '../../db/pushes.ts'
import { moveChange } from '../../db/state.ts'
import type { ChangeRow } from '../../db/state-of.ts'
import { releaseKept } from '../changes/kept-commits.ts'
import { openPushedChange } from '../changes/open-pushed-change.ts'
import type { FlowDeps } from '../deps.ts'
import { announceClosed } from './announce-pull-request.ts'
import { notePush } from './note-push.ts'

/** A change that a push has to do with. */
export interface PushedChange {
  branch: string
  changeId: string
  number: number
  news: 'opened' | 'validated-again' | 'closed' | 'unchanged'
}

interface Look {
  project: ProjectRow
  branch: string
  from: string | undefined
  to: string | undefined
  userId: string | null
}

/** Longer than any push may take. */
const lostMs = 31 * 60_000

/** Writes down that a push begins; hand the id to `endPush`. */
export async function startPush(deps: FlowDeps, projectId: string, id: string): Promise<void> {
  await insertPush(deps.db, { id, projectId, now: deps.clock.now() })
}

/** The push has ended: looks at what it moved, then forgets it. What came of these branches is returned. */
export async function endPush(
  deps: FlowDeps,
  push: { id: string; projectId: string; userId: string | null; branches: string[] },
): Promise<PushedChange[]> {
  const news = await noticePush(deps, push.projectId, push.userId)
  await deletePush(deps.db, push.id)
  const told: PushedChange[] = []
  for (const branch of push.branches) {
    const found = news.find((one) => one.branch === branch) ?? (await standing(deps, push.projectId, branch))
    if (found) told.push(found)
  }
  return told
}

/** Another process may have looked at it before us: then its change stands there already. */
async function standing(
  deps: FlowDeps,
  projectId: string,
  branch: string,
): Promise<PushedChange | undefined> {
  const pullRequest = await openPullRequestByBranch(deps.db, { projectId, branch })
  if (!pullRequest) return undefined
  const { change_id: changeId, number } = pullRequest
  return { branch, changeId, number, news: 'unchanged' }
}

/** Looks again at pushes whose end was lost in a crash, until they can move nothing any more. */
export async function recoverPushes(deps: FlowDeps): Promise<void> {
  const pushes = await openPushes(deps.db)
  const before = deps.clock.now().getTime() - lostMs
  for (const projectId of new Set(pushes.map((push) => push.project_id))) {
    await noticePush(deps, projectId, null)
  }
  for (const push of pushes) if (push.started_at.getTime() < before) await deletePush(deps.db, push.id)
}

/**
 * Compares the branches of the repository with those last looked at: new ones may open a change, changes whose
 * branch has a new head are validated with it, those whose branch is gone are closed. May be asked at any time and
 * anywhere: each difference is acted on once.
 */
export async function noticePush(
  deps: FlowDeps,
  projectId: string,
  userId: string | null,
): Promise<PushedChange[]> {
  const project = await findProject(deps.db, projectId)
  if (!project) return []
  const now = await deps.forge.branches(projectId)
  if (!project.branches_known) await learnBranches(deps.db, { projectId, branches: now })
  const known = await knownBranches(deps.db, projectId)
  const news: PushedChange[] = []
  for (const branch of new Set([...known.keys(), ...now.keys()])) {
    const [from, to] = [known.get(branch), now.get(branch)]
    if (from === to) continue
    try {
      const one = await look(deps, { project, branch, from, to, userId })
      if (one) news.push(one)
    } catch (error) {
      // Seen by another process at the same time: that one goes on with it.
      if (!(error instanceof Failure) || error.code !== 'stale') throw error
    }
  }
  return news
}

async function look(deps: FlowDeps, at: Look): Promise<PushedChange | undefined> {
  const { project, branch, to } = at
  if (branch === project.default_branch) {
    await notePush(deps, deps.db, at)
    return undefined
  }
  const pullRequest = await openPullRequestByBranch(deps.db, { projectId: project.id, branch })
  const change = pullRequest && (await findChange(deps.db, pullRequest.change_id))
  if (pullRequest && change) {
    const news = await goOn(deps, at, { pullRequest, change })
    return { branch, changeId: change.id, number: change.number, news }
  }
  const settings = ProjectSettings.parse(project.settings)
  const rules = { ...settings.repository, defaultBranch: project.default_branch }
  if (to && opensChange(rules, branch)) {
    const opened = await openPushedChange(deps, { ...at, to })
    return opened && { branch, ...opened, news: 'opened' }
  }
  await notePush(deps, deps.db, at)
  return undefined
}

/** The branch of an open change moved, or is gone. */
async function goOn(
  deps: FlowDeps,
  at: Look,
  { pullRequest, change }: { pullRequest: PullRequestRow; change: ChangeRow },
): Promise<PushedChange['news']> {
  const { branch, to } = at
  const { id, fence } = change
  const now = deps.clock.now()
  if (to === pullRequest.head_commit) {
    await notePush(deps, deps.db, at)
    return 'unchanged'
  }
  if (to === undefined) {
    const event = { type: 'cancel', reason: `The branch ${branch} was deleted.` } as const
    // What is landing deletes its branch itself; what an agent works on says so when it needs the branch.
    const closes = change.status === 'waiting' || change.status === 'validating'
    const also = async (tx: Queryable) => {
      const closed = await setClosed(tx, pullRequest.id)
      if (closed) await announceClosed(deps, tx, { change, pullRequest: closed })
    }
    const moved = closes ? await moveChange(deps.db, { id, fence, event, now, also }) : undefined
    if (moved && !moved.ok && moved.code === 'stale') throw new Failure('stale', moved.reason)
    await notePush(deps, deps.db, at)
    if (!moved?.ok) return 'unchanged'
    await releaseKept(deps, change)
    return 'closed'
  }
  // What is worked on or validated looks at its branch by itself.
  if (change.status === 'waiting') {
    const event = { type: 'revalidate' } as const
    const also = async (tx: Queryable) => await deps.queue.send(tx, 'advance-change', { changeId: id })
    const patch = { validation_run_id: null }
    const moved = await moveChange(deps.db, { id, fence, event, now, patch, also })
    if (!moved.ok && moved.code === 'stale') throw new Failure('stale', moved.reason)
  }
  await notePush(deps, deps.db, at)
  return 'validated-again'
}
