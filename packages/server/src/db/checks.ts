import type { Insertable, Selectable } from 'kysely'
import type { Queryable } from './connect.ts'
import type { ChecksTable } from './schema/changes.ts'

export type CheckRow = Selectable<ChecksTable>

/** The result of a named check for a commit; a later one of the same name takes its place. */
export function upsertCheck(db: Queryable, check: Insertable<ChecksTable>): Promise<CheckRow> {
  const { pull_request_id, commit_id, name, ...given } = check
  // Whoever takes the place of an excuse must not inherit it.
  const columns = { excused: false, ...given }
  return db
    .insertInto('checks')
    .values(check)
    .onConflict((conflict) => conflict.columns(['pull_request_id', 'commit_id', 'name']).doUpdateSet(columns))
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** All checks of a pull request, newest first. */
export function checksByPullRequest(db: Queryable, pullRequestId: string): Promise<CheckRow[]> {
  return db
    .selectFrom('checks')
    .selectAll()
    .where('pull_request_id', '=', pullRequestId)
    .orderBy('created_at', 'desc')
    .orderBy('name')
    .execute()
}

/** The checks of one commit of a pull request: what its gate is decided on. */
export function checksByCommit(
  db: Queryable,
  where: { pullRequestId: string; commitId: string },
): Promise<CheckRow[]> {
  return db
    .selectFrom('checks')
    .selectAll()
    .where('pull_request_id', '=', where.pullRequestId)
    .where('commit_id', '=', where.commitId)
    .orderBy('name')
    .execute()
}
