import type { Insertable, Selectable } from 'kysely'
import type { Queryable } from './connect.ts'
import type { SessionsTable } from './schema/people.ts'
import { deleteOldAttempts } from './sign-in-attempts.ts'
import { deleteSpentLoginTokens } from './tokens.ts'
import type { SignedInUser } from './users.ts'

export type SessionRow = Selectable<SessionsTable>

export function insertSession(db: Queryable, session: Insertable<SessionsTable>): Promise<SessionRow> {
  return db.insertInto('sessions').values(session).returningAll().executeTakeFirstOrThrow()
}

/** The session with its user, by its token; undefined when unknown or over, or when the user is disabled. */
export function findSession(db: Queryable, where: { token: string; now: Date }) {
  return sessionWhere(db, where.now, { column: 'token', value: where.token })
}

/** `findSession` by its id. */
export function findSessionById(db: Queryable, where: { id: string; now: Date }) {
  return sessionWhere(db, where.now, { column: 'sessions.id', value: where.id })
}

async function sessionWhere(
  db: Queryable,
  now: Date,
  by: { column: 'token' | 'sessions.id'; value: string },
): Promise<{ session: SessionRow; user: SignedInUser } | undefined> {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .selectAll('sessions')
    .select(['users.name', 'users.role'])
    .where(by.column, '=', by.value)
    .where('expires_at', '>', now)
    .where('users.disabled_at', 'is', null)
    .executeTakeFirst()
  if (!row) return undefined
  const { name, role, ...session } = row
  return { session, user: { id: session.user_id, name, role } }
}

/** It was used: seen now, and good until then. */
export async function touchSession(
  db: Queryable,
  input: { id: string; now: Date; expiresAt: Date },
): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ updated_at: input.now, expires_at: input.expiresAt })
    .where('id', '=', input.id)
    .execute()
}

/** The sessions of a user that are good, last seen first. */
export function listSessions(db: Queryable, where: { userId: string; now: Date }): Promise<SessionRow[]> {
  return db
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', where.userId)
    .where('expires_at', '>', where.now)
    .orderBy('updated_at', 'desc')
    .execute()
}

/** Ends sessions of a user: one, all but one, or all. How many there were. */
export async function deleteSessions(
  db: Queryable,
  where: { userId: string; id?: string; exceptId?: string },
): Promise<number> {
  let query = db.deleteFrom('sessions').where('user_id', '=', where.userId)
  if (where.id !== undefined) query = query.where('id', '=', where.id)
  if (where.exceptId !== undefined) query = query.where('id', '<>', where.exceptId)
  const result = await query.executeTakeFirst()
  return Number(result.numDeletedRows)
}

/**
 * After a restore: nobody is signed in, and no link opens anything. What was ended or used after the backup would be
 * good again otherwise. How many sessions there were.
 */
export async function endAllSignIns(db: Queryable): Promise<number> {
  await db.deleteFrom('login_tokens').execute()
  await db.deleteFrom('verifications').execute()
  const result = await db.deleteFrom('sessions').executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** Sweeps what is over; how many. */
export async function deleteExpiredSessions(db: Queryable, now: Date): Promise<number> {
  const result = await db.deleteFrom('sessions').where('expires_at', '<=', now).executeTakeFirst()
  return Number(result.numDeletedRows)
}

const attemptsKeptMs = 24 * 3_600_000

/** Sweeps what signing in leaves behind: sessions, links and codes that are over, and counts of attempts of yesterday. */
export async function sweepSignIns(db: Queryable, now: Date): Promise<void> {
  await deleteExpiredSessions(db, now)
  await deleteSpentLoginTokens(db, now)
  await db.deleteFrom('verifications').where('expires_at', '<=', now).execute()
  await deleteOldAttempts(db, new Date(now.getTime() - attemptsKeptMs))
}
