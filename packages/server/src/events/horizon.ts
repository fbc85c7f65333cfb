import { type RawBuilder, sql } from 'kysely'
import type { Queryable } from '../db/connect.ts'

/*
 * Ids are handed out when an event is inserted but seen when its transaction commits: event 6 may be there
 * before event 5. A reader that went on from 6 would never see 5. So each writer holds a shared advisory lock
 * until its transaction ends, and the lock's key is the newest id given out before its own: a promise that
 * nothing at or below the key will come from it. A reader reads up to the smallest promise in force.
 *
 * Shared locks never wait for each other: writers are not put in a row, an event may be appended anywhere in
 * a transaction, and no order of appends and row locks can deadlock. A lock in front of the insert, taken
 * exclusively, would do both. PostgreSQL makes a commit visible before it releases its locks.
 */

/** The upper half of the lock's key: ours among all advisory locks of this database ("sbev"). */
const lockSpace = 0x73626576

/** Taken before the insert: the promise that this transaction adds no event at or below the newest id. */
export function promiseHorizon(): RawBuilder<unknown> {
  return sql`select pg_advisory_xact_lock_shared(
    (${sql.lit(lockSpace)}::bigint << 32) | (case when is_called then last_value else 0 end & 4294967295)
  ) from events_id_seq`
}

/** How far a reader may read now, and how far it could if every writer under way were done. */
export interface Horizon {
  safe: number
  newest: number
}

/**
 * Every event with an id up to `safe` is there for good or never will be. `newest` was the last id given out:
 * while it is above `safe`, look again.
 */
export async function readHorizon(db: Queryable): Promise<Horizon> {
  // The sequence first: a writer not yet in pg_locks afterwards takes a higher id than this one.
  const sequence = await sql<{ newest: number }>`
    select case when is_called then last_value else 0 end as newest from events_id_seq`.execute(db)
  const newest = sequence.rows[0]?.newest ?? 0
  const locks = await sql<{ low: number }>`
    select objid::bigint as low from pg_locks
    where locktype = 'advisory' and classid = ${sql.lit(lockSpace)} and objsubid = 1
      and database = (select oid from pg_database where datname = current_database())`.execute(db)
  return { safe: Math.min(newest, ...locks.rows.map((row) => promised(row.low, newest))), newest }
}

/** The lock's key holds the lower 32 bits; the rest is that of the newest id, or one less after a carry. */
function promised(low: number, newest: number): number {
  const carry = 2 ** 32
  const near = newest - (newest % carry) + low
  // A writer that read the sequence after us may promise more than `newest`; half the range tells it apart.
  if (near - newest > carry / 2) return near - carry
  if (newest - near > carry / 2) return near + carry
  return near
}
