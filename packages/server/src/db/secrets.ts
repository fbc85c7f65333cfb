import { newId } from '@signalbox/core/base/ids.ts'
import { type Selectable, sql, type Transaction } from 'kysely'
import { inTransaction, type Queryable } from './connect.ts'
import type { OldSecretsTable, SecretsTable } from './schema/secrets.ts'
import type { Database } from './schema.ts'

export type SecretRow = Selectable<SecretsTable>
/** A secret without its value, and the name of who set it last. */
export type SecretFacts = Omit<SecretRow, 'sealed' | 'handed_out'> & { updated_by_name: string | null }

export interface SealedSecret {
  id: string
  projectId: string
  /** Empty: every environment. */
  environment: string
  name: string
  sealed: Buffer
  keyId: string
  userId: string | null
  /** The keys that can still be opened: of a value under another one nothing is kept. */
  readable: string[]
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

/** Stores or replaces the value, and keeps the one before when somebody read it; false and nothing stored when its key was retired meanwhile. */
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
    await keepOld(tx, { ...secret, readable: [...secret.readable, secret.keyId] })
    const value = {
      handed_out: false,
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

/** Where a secret stands, and when it went from there. */
interface Gone {
  projectId: string
  environment: string
  name: string
  readable: string[]
  now: Date
}

/** Keeps the value that is about to be replaced or deleted, when somebody read it: it may be printed yet. */
async function keepOld(tx: Queryable, gone: Gone): Promise<void> {
  const row = await tx
    .selectFrom('secrets')
    .selectAll()
    .where('project_id', '=', gone.projectId)
    .where('environment', '=', gone.environment)
    .where('name', '=', gone.name)
    .forUpdate()
    .executeTakeFirst()
  if (!row?.handed_out || !gone.readable.includes(row.key_id)) return
  const { project_id, environment, name, sealed, key_id, version } = row
  await tx
    .insertInto('old_secrets')
    .values({
      id: newId(),
      project_id,
      environment,
      name,
      sealed,
      key_id,
      version,
      replaced_at: gone.now,
    })
    .execute()
}

/** Deletes it, and keeps its value when somebody read it. False when there was none. */
export function deleteSecret(db: Queryable, where: Gone): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    await keepOld(tx, where)
    const result = await tx
      .deleteFrom('secrets')
      .where('project_id', '=', where.projectId)
      .where('environment', '=', where.environment)
      .where('name', '=', where.name)
      .executeTakeFirst()
    return result.numDeletedRows > 0n
  })
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

/** Hands them out: marked and read as one, so that a value that is replaced at the same time is known to be read. */
export async function handOutSecrets(
  db: Queryable,
  input: { ids: string[]; now: Date },
): Promise<SecretRow[]> {
  if (input.ids.length === 0) return []
  return await db
    .updateTable('secrets')
    .set({ last_used_at: input.now, handed_out: true })
    .where('id', '=', sql<string>`any(${input.ids}::uuid[])`)
    .returningAll()
    .execute()
}

export type OldSecretRow = Selectable<OldSecretsTable>

/** What stood there before, for every environment and for this one. */
export function oldSecrets(
  db: Queryable,
  where: { projectId: string; environment: string },
): Promise<OldSecretRow[]> {
  return db
    .selectFrom('old_secrets')
    .selectAll()
    .where('project_id', '=', where.projectId)
    .where('environment', 'in', [...new Set(['', where.environment])])
    .orderBy('id')
    .execute()
}

/**
 * Deletes old values that nothing can print any more: no release that was made before they were replaced is kept, no
 * run that began before is under way. How many.
 */
export async function deleteUnprintable(db: Queryable): Promise<number> {
  const result = await sql`
    delete from old_secrets o where not exists (
      select from deployments d join environments e on e.id = d.environment_id
      where d.project_id = o.project_id and o.environment in ('', e.name) and d.created_at < o.replaced_at
        and (d.status <> 'completed' or d.release in ('running', 'stopped'))
    ) and not exists (
      select from runs r where r.project_id = o.project_id and r.status <> 'completed'
        and r.created_at < o.replaced_at
    )`.execute(db)
  return Number(result.numAffectedRows ?? 0)
}

/** A row under another key than this: a secret, or one of its old values. */
export type UnderOtherKey = Pick<
  SecretRow,
  'id' | 'project_id' | 'environment' | 'name' | 'sealed' | 'key_id' | 'version'
> & { table: 'secrets' | 'old_secrets' }

/** Rows under another key than this, at most `limit`. */
export async function secretsUnderOtherKeys(
  db: Queryable,
  where: { keyId: string; limit: number },
): Promise<UnderOtherKey[]> {
  const found: UnderOtherKey[] = []
  for (const table of ['secrets', 'old_secrets'] as const) {
    const rows = await db
      .selectFrom(table)
      .select(['id', 'project_id', 'environment', 'name', 'sealed', 'key_id', 'version'])
      .where('key_id', '<>', where.keyId)
      .orderBy('id')
      .limit(where.limit)
      .execute()
    found.push(...rows.map((row) => ({ ...row, table })))
  }
  return found
}

/** Keeps the value under another key, unless it was replaced meanwhile. */
export async function replaceSealed(
  db: Queryable,
  { table, id, version, key_id }: UnderOtherKey,
  to: { keyId: string; sealed: Buffer },
): Promise<boolean> {
  const result = await db
    .updateTable(table)
    .set({ sealed: to.sealed, key_id: to.keyId })
    .where('id', '=', id)
    .where('version', '=', version)
    .where('key_id', '=', key_id)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Forgets an old value: it can never be opened again. */
export async function deleteOldSecret(db: Queryable, id: string): Promise<void> {
  await db.deleteFrom('old_secrets').where('id', '=', id).execute()
}

/** Under which keys secrets stand, and how many under each; old values not among them. */
export async function secretsByKey(db: Queryable): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('secrets')
    .select(['key_id', sql<number>`count(*)`.as('count')])
    .groupBy('key_id')
    .execute()
  return new Map(rows.map((row) => [row.key_id, row.count]))
}
