import { type Insertable, type Selectable, sql } from 'kysely'
import { closeAudit, openAudit } from './audit-log.ts'
import { inTransaction, type Queryable } from './connect.ts'
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

/** Ends keys, and says so in the audit log in nobody's name; how many there still were. */
export function endSigningKeys(db: Queryable, input: { ids: string[]; reason: string }): Promise<number> {
  return inTransaction(db, async (tx) => {
    const gone = await tx
      .deleteFrom('signing_keys')
      .where('id', '=', sql<string>`any(${input.ids}::uuid[])`)
      .returning('id')
      .execute()
    if (gone.length === 0) return 0
    const keys = gone.map((row) => row.id)
    const row = { user_id: null, via: 'nobody', token_id: null, action: 'endSigningKeys' } as const
    const place = { project_id: null, object_kind: null, object_id: null }
    const id = await openAudit(tx, { ...row, ...place, asked: { reason: input.reason } })
    await closeAudit(tx, { id, status: 200, outcome: 'done', before: { keys }, after: {} })
    return gone.length
  })
}

/** Sweeps keys that are accepted no longer. */
export async function deleteOldSigningKeys(db: Queryable, now: Date): Promise<void> {
  await db.deleteFrom('signing_keys').where('expires_at', '<=', now).execute()
}
