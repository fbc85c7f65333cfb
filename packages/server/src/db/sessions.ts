import type { Insertable, Selectable } from 'kysely'
import type { Queryable } from './connect.ts'
import type { SessionsTable } from './schema/people.ts'
import type { SignedInUser } from './users.ts'

export type SessionRow = Selectable<SessionsTable>

export function insertSession(db: Queryable, session: Insertable<SessionsTable>): Promise<SessionRow> {
  return db.insertInto('sessions').values(session).returningAll().executeTakeFirstOrThrow()
}

/** The session with its user, by the hash of its token; undefined when unknown or over. */
export async function findSession(
  db: Queryable,
  where: { tokenHash: Buffer; now: Date },
): Promise<{ session: SessionRow; user: SignedInUser } | undefined> {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .selectAll('sessions')
    .select(['users.id', 'users.name', 'users.role'])
    .where('token_hash', '=', where.tokenHash)
    .where('expires_at', '>', where.now)
    .where('users.disabled_at', 'is', null)
    .executeTakeFirst()
  if (!row) return undefined
  const { id, name, role, ...session } = row
  return { session, user: { id, name, role } }
}

/** It was used: seen now, and good until then. */
export async function touchSession(
  db: Queryable,
  input: { tokenHash: Buffer; now: Date; expiresAt: Date },
): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ last_seen_at: input.now, expires_at: input.expiresAt })
    .where('token_hash', '=', input.tokenHash)
    .execute()
}

/** Signs out; false when there was no such session. */
export async function deleteSession(db: Queryable, tokenHash: Buffer): Promise<boolean> {
  const result = await db.deleteFrom('sessions').where('token_hash', '=', tokenHash).executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Sweeps what is over; how many. */
export async function deleteExpiredSessions(db: Queryable, now: Date): Promise<number> {
  const result = await db.deleteFrom('sessions').where('expires_at', '<=', now).executeTakeFirst()
  return Number(result.numDeletedRows)
}
