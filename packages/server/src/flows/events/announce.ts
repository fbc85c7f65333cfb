import type { JsonValue } from '@signalbox/core/base/json.ts'
import type { Queryable } from '../../db/connect.ts'
import { insertOccurrence } from '../../db/occurrences.ts'
import type { ProjectRow } from '../../db/projects.ts'
import type { FlowDeps } from '../deps.ts'

/** Something that happened to a project, to which its workflows may answer. */
export interface Announcement {
  projectId: string
  changeId?: string
  /** As under `on`. */
  name: string
  action?: string
  ref: string
  commit: string
  before?: string
  branch?: string
  trusted: boolean
  payload?: Record<string, JsonValue>
  depth?: number
  /** With one it happens once in a project, however often it is announced. */
  key?: string
}

/**
 * Writes down that something happened and queues the answer, in the transaction of whatever made it happen. Its id;
 * undefined when it was announced before.
 */
export async function announce(
  deps: Pick<FlowDeps, 'queue'>,
  tx: Queryable,
  what: Announcement,
): Promise<string | undefined> {
  const row = await insertOccurrence(tx, {
    project_id: what.projectId,
    change_id: what.changeId ?? null,
    name: what.name,
    action: what.action ?? null,
    ref: what.ref,
    commit_id: what.commit,
    before_commit: what.before ?? null,
    branch: what.branch ?? null,
    trusted: what.trusted,
    payload: what.payload ?? {},
    depth: what.depth ?? 0,
    key: what.key ?? null,
  })
  if (row) await deps.queue.send(tx, 'advance-occurrence', { occurrenceId: row.id })
  return row?.id
}

/**
 * A branch has another head than before: push, and create or delete beside it. Only what is in the default branch is
 * trusted; on another one an agent may have written both the file and what it runs.
 */
export async function announcePush(
  deps: Pick<FlowDeps, 'queue' | 'forge'>,
  tx: Queryable,
  push: {
    project: ProjectRow
    branch: string
    from: string | undefined
    to: string | undefined
    userId: string | null
  },
): Promise<void> {
  const { project, branch, from, to, userId } = push
  const ref = `refs/heads/${branch}`
  const payload: Record<string, JsonValue> = userId ? { userId } : {}
  const projectId = project.id
  if (to === undefined) {
    const commit = await deps.forge.head(project.id, project.default_branch)
    const place = { ref: `refs/heads/${project.default_branch}`, trusted: true }
    const said = { ...payload, ref: branch, ref_type: 'branch' }
    if (commit) await announce(deps, tx, { projectId, name: 'delete', commit, ...place, payload: said })
    return
  }
  const facts = { projectId, ref, commit: to, trusted: branch === project.default_branch }
  if (from === undefined) {
    const said = { ...payload, ref: branch, ref_type: 'branch', master_branch: project.default_branch }
    await announce(deps, tx, { ...facts, name: 'create', payload: said })
  }
  await announce(deps, tx, { ...facts, name: 'push', payload, ...(from ? { before: from } : {}) })
}
