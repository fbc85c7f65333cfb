import type { ProjectRole } from '@signalbox/core/contract/roles.ts'
import { type Insertable, type Selectable, sql } from 'kysely'
import { inTransaction, type Queryable } from './connect.ts'
import type { UsersTable } from './schema/people.ts'

export type UserRow = Selectable<UsersTable>
/** As much of a user as every request needs. */
export type SignedInUser = Pick<UserRow, 'id' | 'name' | 'role'>

/** The one owner of this installation, made at the first start; servers that start together agree on one. */
export function ensureOwner(db: Queryable, owner: { id: string; name: string }): Promise<UserRow> {
  return inTransaction(db, async (tx) => {
    await sql`lock table users in share row exclusive mode`.execute(tx)
    const known = await tx
      .selectFrom('users')
      .selectAll()
      .where('role', '=', 'owner')
      .orderBy('id')
      .limit(1)
      .executeTakeFirst()
    if (known) return known
    return tx
      .insertInto('users')
      .values({ ...owner, role: 'owner' })
      .returningAll()
      .executeTakeFirstOrThrow()
  })
}

export function findUser(db: Queryable, id: string): Promise<UserRow | undefined> {
  return db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
}

/** A person of this installation. */
export function insertUser(db: Queryable, user: Insertable<UsersTable>): Promise<UserRow> {
  return db.insertInto('users').values(user).returningAll().executeTakeFirstOrThrow()
}

/** Everybody, the first one first. */
export function listUsers(db: Queryable): Promise<UserRow[]> {
  return db.selectFrom('users').selectAll().orderBy('id').execute()
}

/** Changes what a user is called or is; undefined when there is none. */
export function updateUser(
  db: Queryable,
  input: { id: string; now: Date; set: Partial<Pick<UserRow, 'name' | 'email' | 'role' | 'disabled_at'>> },
): Promise<UserRow | undefined> {
  return db
    .updateTable('users')
    .set({ ...input.set, updated_at: input.now })
    .where('id', '=', input.id)
    .returningAll()
    .executeTakeFirst()
}

/** By e-mail address, whatever its case. */
export function findUserByEmail(db: Queryable, email: string): Promise<UserRow | undefined> {
  return db.selectFrom('users').selectAll().where('email', '=', email.toLowerCase()).executeTakeFirst()
}

/** The owners that can act, locked until the transaction ends, so that two requests cannot remove the last two. */
export async function lockActiveOwners(tx: Queryable): Promise<string[]> {
  const rows = await tx
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'owner')
    .where('disabled_at', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute()
  return rows.map((row) => row.id)
}

export async function deleteUser(db: Queryable, id: string): Promise<boolean> {
  const result = await db.deleteFrom('users').where('id', '=', id).executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** In which projects each user is a member. */
export async function membershipsByUser(
  db: Queryable,
): Promise<Map<string, { projectId: string; slug: string; role: ProjectRole }[]>> {
  const rows = await db
    .selectFrom('members')
    .innerJoin('projects', 'projects.id', 'members.project_id')
    .select(['members.user_id', 'members.project_id', 'members.role', 'projects.slug'])
    .orderBy('projects.slug')
    .execute()
  const byUser = new Map<string, { projectId: string; slug: string; role: ProjectRole }[]>()
  for (const { user_id, project_id, role, slug } of rows) {
    const list = byUser.get(user_id) ?? []
    list.push({ projectId: project_id, slug, role })
    byUser.set(user_id, list)
  }
  return byUser
}
