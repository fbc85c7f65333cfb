import type { Insertable, Selectable } from 'kysely'
import type { Queryable } from './connect.ts'
import type { SigningKeysTable } from './schema/people.ts'

export type SigningKeyRow = Selectable<SigningKeysTable>

/** The keys whose signatures are accepted, newest first. */
export function acceptedSigningKeys(db: Queryable, now: Date): Promise<SigningKeyRow[]> {
  return db
    .selectFrom('signing_keys')
    .selectAll()
    .where('expires_at', '>', now)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
}

export async function insertSigningKey(db: Queryable, key: Insertable<SigningKeysTable>): Promise<void> {
  await db.insertInto('signing_keys').values(key).execute()
}

/** Sweeps keys that are accepted no longer. */
export async function deleteOldSigningKeys(db: Queryable, now: Date): Promise<void> {
  await db.deleteFrom('signing_keys').where('expires_at', '<=', now).execute()
}
