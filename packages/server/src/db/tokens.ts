import type { Selectable } from 'kysely'
import type { Queryable } from './connect.ts'
import type { ApiTokensTable } from './schema/people.ts'
import type { SignedInUser } from './users.ts'

/** A way in: of the machine itself, of an invitation, or after everything else was taken back. */
export type LoginTokenKind = 'sign-in' | 'invite' | 'reset'

export type ApiTokenRow = Selectable<ApiTokensTable>

/** A single-use token for signing in; only its hash is stored. */
export async function insertLoginToken(
  db: Queryable,
  token: { tokenHash: Buffer; userId: string; expiresAt: Date; kind?: LoginTokenKind },
): Promise<void> {
  await db
    .insertInto('login_tokens')
    .values({
      token_hash: token.tokenHash,
      user_id: token.userId,
      expires_at: token.expiresAt,
      used_at: null,
      kind: token.kind ?? 'sign-in',
    })
    .execute()
}

/** Uses a login token up and names its user and what it is for: of callers at the same instant exactly one gets it. */
export async function consumeLoginToken(
  db: Queryable,
  input: { tokenHash: Buffer; now: Date },
): Promise<{ userId: string; kind: LoginTokenKind } | undefined> {
  const row = await db
    .updateTable('login_tokens')
    .set({ used_at: input.now })
    .where('token_hash', '=', input.tokenHash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', input.now)
    .returning(['user_id', 'kind'])
    .executeTakeFirst()
  return row && { userId: row.user_id, kind: row.kind }
}

/** Sweeps login tokens that are used or over; how many. */
export async function deleteSpentLoginTokens(db: Queryable, now: Date): Promise<number> {
  const result = await db
    .deleteFrom('login_tokens')
    .where((is) => is.or([is('expires_at', '<=', now), is('used_at', 'is not', null)]))
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** A token for programs; without limits it is for everything that its person may, for ever. */
export interface NewApiToken {
  id: string
  userId: string
  name: string
  tokenHash: Buffer
  /** Its first characters, by which a person knows it again. */
  hint?: string
  scopes?: string[]
  projectIds?: string[]
  expiresAt?: Date
}

/** Only the hash of a token is stored. */
export function insertApiToken(db: Queryable, token: NewApiToken): Promise<ApiTokenRow> {
  return db
    .insertInto('api_tokens')
    .values({
      id: token.id,
      user_id: token.userId,
      name: token.name,
      token_hash: token.tokenHash,
      hint: token.hint ?? '',
      scopes: token.scopes ?? null,
      project_ids: token.projectIds ?? null,
      expires_at: token.expiresAt ?? null,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** The token with its user; undefined when unknown, revoked or over, or when the user is disabled. */
export function findApiToken(db: Queryable, where: { tokenHash: Buffer; now: Date }) {
  return apiTokenWhere(db, where.now, { column: 'api_tokens.token_hash', value: where.tokenHash })
}

/** `findApiToken` by its id. */
export function findApiTokenById(db: Queryable, where: { id: string; now: Date }) {
  return apiTokenWhere(db, where.now, { column: 'api_tokens.id', value: where.id })
}

async function apiTokenWhere(
  db: Queryable,
  now: Date,
  by: { column: 'api_tokens.token_hash'; value: Buffer } | { column: 'api_tokens.id'; value: string },
): Promise<{ token: ApiTokenRow; user: SignedInUser } | undefined> {
  const row = await db
    .selectFrom('api_tokens')
    .innerJoin('users', 'users.id', 'api_tokens.user_id')
    .selectAll('api_tokens')
    .select(['users.name as user_name', 'users.role as user_role'])
    .where(by.column, '=', by.value)
    .where('api_tokens.revoked_at', 'is', null)
    .where('users.disabled_at', 'is', null)
    .where((is) => is.or([is('api_tokens.expires_at', 'is', null), is('api_tokens.expires_at', '>', now)]))
    .executeTakeFirst()
  if (!row) return undefined
  const { user_name: name, user_role: role, ...token } = row
  return { token, user: { id: token.user_id, name, role } }
}

/** A user's tokens that are good, newest first. */
export function listApiTokens(db: Queryable, userId: string): Promise<ApiTokenRow[]> {
  return db
    .selectFrom('api_tokens')
    .selectAll()
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .orderBy('id', 'desc')
    .execute()
}

export async function touchApiToken(db: Queryable, input: { id: string; now: Date }): Promise<void> {
  await db.updateTable('api_tokens').set({ last_used_at: input.now }).where('id', '=', input.id).execute()
}

/** False when it was revoked before or is unknown. */
export async function revokeApiToken(
  db: Queryable,
  input: { id: string; now: Date; userId?: string },
): Promise<boolean> {
  let query = db
    .updateTable('api_tokens')
    .set({ revoked_at: input.now })
    .where('id', '=', input.id)
    .where('revoked_at', 'is', null)
  if (input.userId !== undefined) query = query.where('user_id', '=', input.userId)
  const result = await query.executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Uses up a user's links and, unless they are kept, revokes their tokens. */
export async function revokeWaysOf(
  db: Queryable,
  input: { userId: string; now: Date; keepTokens: boolean },
): Promise<void> {
  await db.deleteFrom('login_tokens').where('user_id', '=', input.userId).execute()
  if (input.keepTokens) return
  await db
    .updateTable('api_tokens')
    .set({ revoked_at: input.now })
    .where('user_id', '=', input.userId)
    .where('revoked_at', 'is', null)
    .execute()
}
