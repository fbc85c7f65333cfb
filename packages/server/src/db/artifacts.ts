import { type Selectable, sql } from 'kysely'
import { inTransaction, type Queryable } from './connect.ts'
import type { ArtifactsTable } from './schema/runs.ts'

export type ArtifactRow = Selectable<ArtifactsTable>

/** The artifacts of a run that have not expired, in the order of their names. */
export function artifactsByRun(db: Queryable, runId: string, now: Date): Promise<ArtifactRow[]> {
  return db
    .selectFrom('artifacts')
    .selectAll()
    .where('run_id', '=', runId)
    .where('expires_at', '>', now)
    .orderBy('name')
    .execute()
}

/** One artifact of a run by its name; undefined also for one that expired. */
export function findArtifact(
  db: Queryable,
  where: { runId: string; name: string; now: Date },
): Promise<ArtifactRow | undefined> {
  return db
    .selectFrom('artifacts')
    .selectAll()
    .where('run_id', '=', where.runId)
    .where('name', '=', where.name)
    .where('expires_at', '>', where.now)
    .executeTakeFirst()
}

/** Why an artifact was not stored: there is one of its name, or the run's would come to more than they may. */
export type NotStored = 'exists' | 'full'

/**
 * Stores an artifact under its run and name; with `overwrite` in place of another. The run's row is held meanwhile:
 * jobs of one run that store at the same time are counted one after the other.
 */
export function insertArtifact(
  db: Queryable,
  row: Omit<ArtifactRow, 'created_at'>,
  options: { overwrite: boolean; now: Date; maxRunBytes: number },
): Promise<ArtifactRow | NotStored> {
  return inTransaction(db, async (tx) => {
    await tx.selectFrom('runs').select('id').where('id', '=', row.run_id).forNoKeyUpdate().executeTakeFirst()
    const others = await artifactBytesOfRun(tx, { runId: row.run_id, besides: row.name })
    if (others + row.size_bytes > options.maxRunBytes) return 'full'
    const stored = await tx
      .insertInto('artifacts')
      .values(row)
      .onConflict((conflict) => {
        const replaced = conflict.columns(['run_id', 'name']).doUpdateSet({ ...row, created_at: options.now })
        return options.overwrite ? replaced : replaced.where('artifacts.expires_at', '<=', options.now)
      })
      .returningAll()
      .executeTakeFirst()
    return stored ?? 'exists'
  })
}

/** Forgets one artifact and answers what it was; its blob is the caller's to delete. */
export function deleteArtifact(
  db: Queryable,
  where: { runId: string; name: string; now: Date },
): Promise<ArtifactRow | undefined> {
  return db
    .deleteFrom('artifacts')
    .where('run_id', '=', where.runId)
    .where('name', '=', where.name)
    .where('expires_at', '>', where.now)
    .returningAll()
    .executeTakeFirst()
}

/** Forgets artifacts whose time is over, at most `limit`, and answers the keys of their blobs. */
export async function deleteExpiredArtifacts(db: Queryable, now: Date, limit: number): Promise<string[]> {
  const rows = await db
    .deleteFrom('artifacts')
    .where(
      'id',
      'in',
      db
        .selectFrom('artifacts')
        .select('id')
        .where('expires_at', '<=', now)
        .orderBy('expires_at')
        .limit(limit),
    )
    .returning('blob_key')
    .execute()
  return rows.map((row) => row.blob_key)
}

/** What the artifacts of a run come to, in bytes; without the one that is to be replaced. */
export async function artifactBytesOfRun(
  db: Queryable,
  where: { runId: string; besides: string },
): Promise<number> {
  const row = await db
    .selectFrom('artifacts')
    .select(sql<number>`coalesce(sum(size_bytes), 0)::bigint`.as('bytes'))
    .where('run_id', '=', where.runId)
    .where('name', '<>', where.besides)
    .executeTakeFirstOrThrow()
  return Number(row.bytes)
}

/** Those of the keys that are the blob of no artifact. */
export async function unnamedArtifacts(db: Queryable, keys: string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('artifacts')
    .select('blob_key')
    .where('blob_key', '=', sql<string>`any(${keys}::text[])`)
    .execute()
  const named = new Set(rows.map((row) => row.blob_key))
  return keys.filter((key) => !named.has(key))
}
