import type { Selectable } from 'kysely'
import type { Queryable } from './connect.ts'
import type { OidcKeysTable } from './schema/services.ts'

export type OidcKeyRow = Selectable<OidcKeysTable>

/** The keys whose signatures others may still check, newest first. */
export function publishedOidcKeys(db: Queryable, now: Date): Promise<OidcKeyRow[]> {
  return db
    .selectFrom('oidc_keys')
    .selectAll()
    .where('expires_at', '>', now)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
}

export async function insertOidcKey(db: Queryable, key: OidcKeyRow): Promise<void> {
  await db.insertInto('oidc_keys').values(key).execute()
}

/** Sweeps keys that signed nothing that is still good. */
export async function deleteOldOidcKeys(db: Queryable, now: Date): Promise<void> {
  await db.deleteFrom('oidc_keys').where('expires_at', '<=', now).execute()
}
