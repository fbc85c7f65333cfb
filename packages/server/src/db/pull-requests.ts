import { type Insertable, type Selectable, sql } from 'kysely'
import type { Queryable } from './connect.ts'
import type { PullRequestsTable } from './schema/changes.ts'

export type PullRequestRow = Selectable<PullRequestsTable>

export type NewPullRequest = Pick<
  Insertable<PullRequestsTable>,
  | 'id'
  | 'project_id'
  | 'change_id'
  | 'number'
  | 'title'
  | 'head_branch'
  | 'head_commit'
  | 'base_branch'
  | 'base_commit'
  | 'policy_files'
>

/** A change has one pull request: asked again, the one that is there is returned as it is. */
export async function insertPullRequest(db: Queryable, pullRequest: NewPullRequest): Promise<PullRequestRow> {
  const made = await db
    .insertInto('pull_requests')
    .values(pullRequest)
    .onConflict((conflict) => conflict.column('change_id').doNothing())
    .returningAll()
    .executeTakeFirst()
  if (made) return made
  return db
    .selectFrom('pull_requests')
    .selectAll()
    .where('change_id', '=', pullRequest.change_id)
    .executeTakeFirstOrThrow()
}

export function pullRequestByChange(db: Queryable, changeId: string): Promise<PullRequestRow | undefined> {
  return db.selectFrom('pull_requests').selectAll().where('change_id', '=', changeId).executeTakeFirst()
}

/** The open pull request of a branch; the newest should there be several. */
export function openPullRequestByBranch(
  db: Queryable,
  { projectId, branch }: { projectId: string; branch: string },
): Promise<PullRequestRow | undefined> {
  return db
    .selectFrom('pull_requests')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('head_branch', '=', branch)
    .where('state', '=', 'open')
    .orderBy('id', 'desc')
    .executeTakeFirst()
}

/** The pull requests of many changes at once. */
export function pullRequestsByChanges(db: Queryable, changeIds: string[]): Promise<PullRequestRow[]> {
  return db
    .selectFrom('pull_requests')
    .selectAll()
    .where('change_id', '=', sql<string>`any(${changeIds}::uuid[])`)
    .execute()
}

/** New commits arrived: the merge commit of the old head no longer counts. Undefined when it is not open. */
export function updateHead(
  db: Queryable,
  input: { id: string; headCommit: string; baseCommit: string; policyFiles: string[]; title?: string },
): Promise<PullRequestRow | undefined> {
  return db
    .updateTable('pull_requests')
    .set({
      head_commit: input.headCommit,
      base_commit: input.baseCommit,
      policy_files: input.policyFiles,
      merge_commit: null,
      merge_tree: null,
      ...(input.title === undefined ? {} : { title: input.title }),
    })
    .where('id', '=', input.id)
    .where('state', '=', 'open')
    .returningAll()
    .executeTakeFirst()
}

/** The commit that is validated and would land; undefined when the head moved on or it is not open. */
export function setMergeCommit(
  db: Queryable,
  input: { id: string; headCommit: string; baseCommit: string; mergeCommit: string; mergeTree: string },
): Promise<PullRequestRow | undefined> {
  return db
    .updateTable('pull_requests')
    .set({
      base_commit: input.baseCommit,
      merge_commit: input.mergeCommit,
      merge_tree: input.mergeTree,
    })
    .where('id', '=', input.id)
    .where('head_commit', '=', input.headCommit)
    .where('state', '=', 'open')
    .returningAll()
    .executeTakeFirst()
}

/** Undefined when it was not open any more. */
export function setMerged(
  db: Queryable,
  input: { id: string; landedCommit: string; branchDeleted: boolean; now: Date },
): Promise<PullRequestRow | undefined> {
  return db
    .updateTable('pull_requests')
    .set({
      state: 'merged',
      landed_commit: input.landedCommit,
      branch_deleted: input.branchDeleted,
      merged_at: input.now,
    })
    .where('id', '=', input.id)
    .where('state', '=', 'open')
    .returningAll()
    .executeTakeFirst()
}

/** Undefined when it was not open any more. */
export function setClosed(db: Queryable, id: string): Promise<PullRequestRow | undefined> {
  return db
    .updateTable('pull_requests')
    .set({ state: 'closed' })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .returningAll()
    .executeTakeFirst()
}
