import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { arrivedChange } from '@signalbox/core/domain/change.ts'
import { insertChange } from '../../db/changes.ts'
import type { ProjectRow } from '../../db/projects.ts'
import { insertPullRequest } from '../../db/pull-requests.ts'
import { appendEvent } from '../../events/append.ts'
import type { CommitFact } from '../../forge/port.ts'
import type { FlowDeps } from '../deps.ts'
import { notePush } from '../events/note-push.ts'
import { titleOf } from './person.ts'

const commitsRead = 50

/**
 * A pushed branch becomes a change that is validated at once; nobody's agent works on it. Undefined: it has nothing
 * that the default branch lacks. Failure `stale` when another process was quicker.
 */
export async function openPushedChange(
  deps: FlowDeps,
  pushed: {
    project: ProjectRow
    branch: string
    from: string | undefined
    to: string
    userId: string | null
  },
): Promise<{ changeId: string; number: number } | undefined> {
  const { project, branch, to, userId } = pushed
  const base = await deps.forge.head(project.id, project.default_branch)
  const range = base && { base, head: to, limit: commitsRead }
  const commits = range ? await deps.forge.commitsBetween(project.id, range) : []
  if (!base || commits.length === 0) {
    await notePush(deps, deps.db, pushed)
    return undefined
  }
  const { title, goal } = wordsOf(branch, commits)
  const changeId = newId()
  return await deps.db.transaction().execute(async (tx) => {
    if (!(await notePush(deps, tx, pushed))) throw new Failure('stale', 'Another process was quicker.')
    const project_id = project.id
    const row = { id: changeId, project_id, title, goal, mode: 'auto', created_by: userId } as const
    const change = await insertChange(tx, { ...row, now: deps.clock.now(), state: arrivedChange })
    await insertPullRequest(tx, {
      id: newId(),
      project_id,
      change_id: changeId,
      number: change.number,
      title,
      head_branch: branch,
      head_commit: to,
      base_branch: project.default_branch,
      base_commit: base,
    })
    await deps.queue.send(tx, 'advance-change', { changeId })
    await appendEvent(tx, { type: 'change.created', projectId: project_id, changeId })
    return { changeId, number: change.number }
  })
}

/** One commit speaks for itself; of several the branch's name says more than the last of them. */
function wordsOf(branch: string, commits: CommitFact[]): { title: string; goal: string } {
  const newest = commits.at(-1)
  const spoken = branch.split('/').at(-1)?.replaceAll(/[-_]+/g, ' ').trim() || branch
  const title = commits.length === 1 && newest?.subject ? newest.subject : spoken
  const said = commits.length === 1 ? newest?.body : commits.map(({ subject }) => `* ${subject}`).join('\n')
  return { title: titleOf(title), goal: (said || title).slice(0, 20_000) }
}
