import { type Selectable, sql, type Transaction } from 'kysely'
import { inTransaction, type Queryable } from './connect.ts'
import type { SecretsTable } from './schema/secrets.ts'
import type { Database } from './schema.ts'

export type SecretRow = Selectable<SecretsTable>
/** A secret without its value, and the name of who set it last. */
export type SecretFacts = Omit<SecretRow, 'sealed'> & { updated_by_name: string | null }

export interface SealedSecret {
  id: string
  projectId: string
  /** Empty: every environment. */
  environment: string
  name: string
  sealed: Buffer
  keyId: string
  userId: string | null
  now: Date
}

/** Does it while no other process rotates keys; a crash takes all of its statements back. */
export function rotatingAlone<T>(db: Queryable, work: (tx: Transaction<Database>) => Promise<T>): Promise<T> {
  return inTransaction(db, async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('signalbox master key'))`.execute(tx)
    return await work(tx)
  })
}

/** Makes a key known, once. */
export async function addMasterKey(db: Queryable, id: string): Promise<void> {
  await db
    .insertInto('master_keys')
    .values({ id, retired_at: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** From now on nothing is stored under any other key; one that was retired may come back. */
export async function useMasterKey(db: Queryable, input: { id: string; now: Date }): Promise<void> {
  await inTransaction(db, async (tx) => {
    await addMasterKey(tx, input.id)
    await tx.updateTable('master_keys').set({ retired_at: null }).where('id', '=', input.id).execute()
    await tx
      .updateTable('master_keys')
      .set({ retired_at: input.now })
      .where('id', '<>', input.id)
      .where('retired_at', 'is', null)
      .execute()
  })
}

/** Stores or replaces the value; false and nothing stored when its key was retired meanwhile. */
export function setSecret(db: Queryable, secret: SealedSecret): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    // Held until the commit: a key is retired before this, or after the row is there to be found.
    const key = await tx
      .selectFrom('master_keys')
      .select('id')
      .where('id', '=', secret.keyId)
      .where('retired_at', 'is', null)
      .forShare()
      .executeTakeFirst()
    if (!key) return false
    const value = {
      sealed: secret.sealed,
      key_id: secret.keyId,
      updated_by: secret.userId,
      updated_at: secret.now,
    }
    await tx
      .insertInto('secrets')
      .values({
        id: secret.id,
        project_id: secret.projectId,
        environment: secret.environment,
        name: secret.name,
        created_by: secret.userId,
        created_at: secret.now,
        last_used_at: null,
        ...value,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['project_id', 'environment', 'name'])
          .doUpdateSet({ ...value, version: sql<number>`secrets.version + 1` }),
      )
      .execute()
    return true
  })
}

/** What a project has, by environment and name; never a value. */
export function listSecrets(db: Queryable, projectId: string): Promise<SecretFacts[]> {
  return db
    .selectFrom('secrets')
    .leftJoin('users', 'users.id', 'secrets.updated_by')
    .select([
      'secrets.id',
      'secrets.project_id',
      'secrets.environment',
      'secrets.name',
      'secrets.key_id',
      'secrets.version',
      'secrets.created_by',
      'secrets.created_at',
      'secrets.updated_by',
      'secrets.updated_at',
      'secrets.last_used_at',
      'users.name as updated_by_name',
    ])
    .where('secrets.project_id', '=', projectId)
    .orderBy('environment')
    .orderBy('secrets.name')
    .execute()
}

/** False when there was none. */
export async function deleteSecret(
  db: Queryable,
  where: { projectId: string; environment: string; name: string },
): Promise<boolean> {
  const result = await db
    .deleteFrom('secrets')
    .where('project_id', '=', where.projectId)
    .where('environment', '=', where.environment)
    .where('name', '=', where.name)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** The sealed rows for an environment: those of every environment first, then its own. */
export function sealedSecrets(
  db: Queryable,
  where: { projectId: string; environment: string },
): Promise<SecretRow[]> {
  return db
    .selectFrom('secrets')
    .selectAll()
    .where('project_id', '=', where.projectId)
    .where('environment', 'in', [...new Set(['', where.environment])])
    .orderBy(sql`environment <> ''`)
    .execute()
}

/** They were handed out. */
export async function touchSecrets(db: Queryable, input: { ids: string[]; now: Date }): Promise<void> {
  if (input.ids.length === 0) return
  await db
    .updateTable('secrets')
    .set({ last_used_at: input.now })
    .where('id', '=', sql<string>`any(${input.ids}::uuid[])`)
    .execute()
}

/** Rows under another key than this, at most `limit`. */
export function secretsUnderOtherKeys(
  db: Queryable,
  where: { keyId: string; limit: number },
): Promise<SecretRow[]> {
  return db
    .selectFrom('secrets')
    .selectAll()
    .where('key_id', '<>', where.keyId)
    .orderBy('id')
    .limit(where.limit)
    .execute()
}

/** Keeps the value under another key, unless it was replaced meanwhile. */
export async function replaceSealed(
  db: Queryable,
  input: { id: string; version: number; fromKeyId: string; keyId: string; sealed: Buffer },
): Promise<boolean> {
  const result = await db
    .updateTable('secrets')
    .set({ sealed: input.sealed, key_id: input.keyId })
    .where('id', '=', input.id)
    .where('version', '=', input.version)
    .where('key_id', '=', input.fromKeyId)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Under which keys rows stand, and how many under each. */
export async function secretsByKey(db: Queryable): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('secrets')
    .select(['key_id', sql<number>`count(*)`.as('count')])
    .groupBy('key_id')
    .execute()
  return new Map(rows.map((row) => [row.key_id, row.count]))
}
