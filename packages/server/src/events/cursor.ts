import { sql } from 'kysely'
import type { Queryable } from '../db/connect.ts'
import { readHorizon } from './horizon.ts'

/**
 * Whether nobody can go on from this cursor: events after it were deleted as too old, or it is of a database that
 * was since put back to an earlier time. Who asks then must load everything anew and go on from now.
 */
export async function cursorIsGone(db: Queryable, after: number): Promise<boolean> {
  const { newest } = await readHorizon(db)
  if (after > newest) return true
  const { rows } = await sql<{ oldest: number | null }>`select min(id) as oldest from events`.execute(db)
  const oldest = rows[0]?.oldest
  return typeof oldest === 'number' && after < oldest - 1
}
