import { type Selectable, sql } from 'kysely'
import type { Queryable } from './connect.ts'
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

/** Stores an artifact under its run and name; with `overwrite` in place of another. Undefined when there is one. */
export function insertArtifact(
  db: Queryable,
  row: Omit<ArtifactRow, 'created_at'>,
  options: { overwrite: boolean; now: Date },
): Promise<ArtifactRow | undefined> {
  return db
    .insertInto('artifacts')
    .values(row)
    .onConflict((conflict) => {
      const replaced = conflict.columns(['run_id', 'name']).doUpdateSet({ ...row, created_at: options.now })
      return options.overwrite ? replaced : replaced.where('artifacts.expires_at', '<=', options.now)
    })
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

/** What the artifacts of a run come to, in bytes. */
export async function artifactBytesOfRun(db: Queryable, runId: string): Promise<number> {
  const row = await db
    .selectFrom('artifacts')
    .select(sql<number>`coalesce(sum(size_bytes), 0)::bigint`.as('bytes'))
    .where('run_id', '=', runId)
    .executeTakeFirstOrThrow()
  return Number(row.bytes)
}
