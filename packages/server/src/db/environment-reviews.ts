import type { Selectable } from 'kysely'
import type { Queryable } from './connect.ts'
import type { EnvironmentReviewsTable } from './schema/runs.ts'

export type EnvironmentReviewRow = Selectable<EnvironmentReviewsTable>

/** Stores what somebody decided; their earlier word about it goes. */
export async function setEnvironmentReview(db: Queryable, review: EnvironmentReviewRow): Promise<void> {
  const { user_name, decision, comment, at } = review
  await db
    .insertInto('environment_reviews')
    .values(review)
    .onConflict((conflict) =>
      conflict
        .columns(['run_id', 'environment', 'user_id'])
        .doUpdateSet({ user_name, decision, comment, at }),
    )
    .execute()
}

/** Everything that was said about the environments of a run, oldest first. */
export async function environmentReviews(db: Queryable, runId: string): Promise<EnvironmentReviewRow[]> {
  return await db
    .selectFrom('environment_reviews')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('at')
    .execute()
}

/** Stores the environment that a queued job names and that it is held back from now on; once. */
export async function setJobEnvironment(
  db: Queryable,
  input: { id: string; environment: string; now: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('jobs')
    .set({ environment: input.environment, environment_since: input.now })
    .where('id', '=', input.id)
    .where('status', '=', 'queued')
    .where('environment', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
