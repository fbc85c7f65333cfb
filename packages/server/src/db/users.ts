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
