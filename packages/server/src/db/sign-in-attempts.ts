import { sql } from 'kysely'
import type { Queryable } from './connect.ts'

/** Counts one more attempt of this key in its window; how many there were in it, this one included. */
export async function countAttempt(
  db: Queryable,
  input: { key: string; now: Date; windowMs: number },
): Promise<number> {
  const windowStart = new Date(input.now.getTime() - input.windowMs)
  const row = await db
    .insertInto('sign_in_attempts')
    .values({ key: input.key, count: 1, since: input.now })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet({
        count: sql<number>`case when sign_in_attempts.since <= ${windowStart} then 1 else sign_in_attempts.count + 1 end`,
        since: sql<Date>`case when sign_in_attempts.since <= ${windowStart} then ${input.now} else sign_in_attempts.since end`,
      }),
    )
    .returning('count')
    .executeTakeFirstOrThrow()
  return row.count
}

/** Who got in begins anew. */
export async function forgetAttempts(db: Queryable, key: string): Promise<void> {
  await db.deleteFrom('sign_in_attempts').where('key', '=', key).execute()
}

/** Sweeps windows that began before; how many. */
export async function deleteOldAttempts(db: Queryable, before: Date): Promise<number> {
  const result = await db.deleteFrom('sign_in_attempts').where('since', '<', before).executeTakeFirst()
  return Number(result.numDeletedRows)
}
