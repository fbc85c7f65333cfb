import { type Selectable, sql } from 'kysely'
import { inTransaction, type Queryable } from './connect.ts'
import type { SnapshotsTable } from './schema/snapshots.ts'
import { storableJson } from './storable.ts'

export type SnapshotRow = Selectable<SnapshotsTable>

/** Where an install may be looked for: a store, a project, a key, and the changes whose own ones count. */
export interface SnapshotKey {
  store: string
  projectId: string
  key: string
  /** null: only what all runs of the project share. */
  changeId: string | null
}

/** The snapshots of an install that a run may stand on, the shared one first. */
export function findInstalls(db: Queryable, where: SnapshotKey): Promise<SnapshotRow[]> {
  return db
    .selectFrom('snapshots')
    .selectAll()
    .where('store', '=', where.store)
    .where('project_id', '=', where.projectId)
    .where('kind', '=', 'install')
    .where('key', '=', where.key)
    .where((is) =>
      where.changeId === null
        ? is('change_id', 'is', null)
        : is.or([is('change_id', 'is', null), is('change_id', '=', where.changeId)]),
    )
    .orderBy('change_id', (order) => order.asc().nullsFirst())
    .execute()
}

/** Everything that is said of a snapshot when it is made. */
export interface NewSnapshot {
  id: string
  store: string
  projectId: string
  changeId: string | null
  kind: SnapshotRow['kind']
  key: string
  state: SnapshotRow['state']
  reason?: string
  layer: string
  paths: readonly string[]
  sizeBytes: number
  baseId?: string
  job?: { id: string; attempt: number; stepNumber: number | null; stepName: string | null }
  command: string
  now: Date
}

/** Stores a snapshot; undefined when there is one of this key already. */
export function insertSnapshot(db: Queryable, made: NewSnapshot): Promise<SnapshotRow | undefined> {
  return db
    .insertInto('snapshots')
    .values({
      id: made.id,
      store: made.store,
      project_id: made.projectId,
      change_id: made.changeId,
      kind: made.kind,
      key: made.key,
      state: made.state,
      reason: made.reason ?? null,
      layer: made.layer,
      paths: storableJson(made.paths),
      size_bytes: made.sizeBytes,
      base_id: made.baseId ?? null,
      job_id: made.job?.id ?? null,
      attempt: made.job?.attempt ?? null,
      step_number: made.job?.stepNumber ?? null,
      step_name: made.job?.stepName ?? null,
      command: made.command,
      created_at: made.now,
      last_used_at: made.now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
}

/**
 * Makes sure that a snapshot stays while somebody stands on it, and counts the use. False when it is gone: the
 * row is locked, so that an eviction on its way is either seen here or sees this.
 */
export async function leaseSnapshot(
  db: Queryable,
  lease: { id: string; holder: string; workerId: string; now: Date },
): Promise<boolean> {
  return await inTransaction(db, async (tx) => {
    const used = await tx
      .updateTable('snapshots')
      .set((is) => ({ last_used_at: lease.now, hits: is('hits', '+', 1) }))
      .where('id', '=', lease.id)
      .where('state', '=', 'ready')
      .executeTakeFirst()
    if (used.numUpdatedRows === 0n) return false
    await tx
      .insertInto('snapshot_leases')
      .values({
        snapshot_id: lease.id,
        holder: lease.holder,
        worker_id: lease.workerId,
        created_at: lease.now,
      })
      .onConflict((conflict) =>
        conflict.columns(['snapshot_id', 'holder']).doUpdateSet({ worker_id: lease.workerId }),
      )
      .execute()
    return true
  })
}

/** Gives up all that a holder stands on. */
export async function releaseLeases(db: Queryable, holder: string): Promise<void> {
  await db.deleteFrom('snapshot_leases').where('holder', '=', holder).execute()
}

/** Gives up what workers that are gone, or said that they stop, stood on; how many. */
export async function releaseDeadLeases(db: Queryable): Promise<number> {
  const result = await db
    .deleteFrom('snapshot_leases')
    .where('worker_id', 'not in', (is) =>
      is.selectFrom('workers').select('id').where('stopped_at', 'is', null),
    )
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** The snapshots of a store, the one that was unused for longest first. */
export function snapshotsOfStore(db: Queryable, store: string): Promise<SnapshotRow[]> {
  return db.selectFrom('snapshots').selectAll().where('store', '=', store).orderBy('last_used_at').execute()
}

/** One snapshot, or undefined. */
export function findSnapshot(db: Queryable, id: string): Promise<SnapshotRow | undefined> {
  return db.selectFrom('snapshots').selectAll().where('id', '=', id).executeTakeFirst()
}

/** The state that a failed job left, of its newest attempt. */
export function failedStateOf(db: Queryable, jobId: string): Promise<SnapshotRow | undefined> {
  return db
    .selectFrom('snapshots')
    .selectAll()
    .where('job_id', '=', jobId)
    .where('kind', '=', 'failed')
    .orderBy('attempt', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Whether a snapshot could be deleted. */
export type Removal = 'removed' | 'in-use' | 'absent'

/** Deletes a snapshot's row unless somebody stands on it; its layer goes after it. */
export async function removeSnapshot(db: Queryable, id: string): Promise<Removal> {
  return await inTransaction(db, async (tx) => {
    const row = await tx
      .selectFrom('snapshots')
      .select('id')
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (!row) return 'absent'
    // A statement of its own, after the lock: it sees a lease that was taken while this waited.
    const leased = await tx
      .selectFrom('snapshot_leases')
      .select('holder')
      .where('snapshot_id', '=', id)
      .limit(1)
      .executeTakeFirst()
    const above = await tx
      .selectFrom('snapshots')
      .select('id')
      .where('base_id', '=', id)
      .limit(1)
      .executeTakeFirst()
    if (leased || above) return 'in-use'
    await tx.deleteFrom('snapshots').where('id', '=', id).execute()
    return 'removed'
  })
}

/**
 * Deletes the row of a snapshot whose layer is gone, with what stood on it: nobody can stand on either any more,
 * whatever leases say.
 */
export async function forgetLostSnapshot(db: Queryable, id: string): Promise<void> {
  await sql`
    with recursive lost as (
      select id from snapshots where id = ${id}
      union select above.id from snapshots above join lost on above.base_id = lost.id
    ) delete from snapshots where id in (select id from lost)`.execute(db)
}

/** After a restore: layers were not in the archive. What is known of installs that cannot be kept stays. */
export async function forgetAllLayers(db: Queryable): Promise<number> {
  await db.deleteFrom('snapshot_leases').execute()
  await db.updateTable('snapshots').set({ base_id: null }).where('base_id', 'is not', null).execute()
  const result = await db.deleteFrom('snapshots').where('state', '=', 'ready').executeTakeFirst()
  return Number(result.numDeletedRows)
}

export type ListedSnapshot = SnapshotRow & { project_slug: string; in_use: boolean; run_id: string | null }

/** Snapshots with their projects, the last used first. */
export async function listSnapshots(
  db: Queryable,
  where: { projectIds?: string[] | undefined; limit: number },
): Promise<ListedSnapshot[]> {
  let query = db
    .selectFrom('snapshots')
    .innerJoin('projects', 'projects.id', 'snapshots.project_id')
    .leftJoin('jobs', 'jobs.id', 'snapshots.job_id')
    .selectAll('snapshots')
    .select(['projects.slug as project_slug', 'jobs.run_id'])
    .select((is) =>
      is
        .or([
          is.exists(
            is
              .selectFrom('snapshot_leases')
              .select('holder')
              .whereRef('snapshot_leases.snapshot_id', '=', 'snapshots.id'),
          ),
          is.exists(
            is
              .selectFrom('snapshots as above')
              .select('above.id')
              .whereRef('above.base_id', '=', 'snapshots.id'),
          ),
        ])
        .as('in_use'),
    )
    .where('snapshots.state', '=', 'ready')
  if (where.projectIds) {
    query = query.where('snapshots.project_id', '=', sql<string>`any(${where.projectIds}::uuid[])`)
  }
  const rows = await query.orderBy('snapshots.last_used_at', 'desc').limit(where.limit).execute()
  return rows.map((row) => ({ ...row, in_use: Boolean(row.in_use) }))
}

/** How many snapshots these projects keep (undefined: all projects), and how large they are together. */
export async function sumSnapshots(
  db: Queryable,
  where: { projectIds?: string[] | undefined },
): Promise<{ count: number; totalBytes: number }> {
  let query = db
    .selectFrom('snapshots')
    .select((is) => [is.fn.countAll().as('count'), is.fn.sum('size_bytes').as('bytes')])
    .where('state', '=', 'ready')
  if (where.projectIds) query = query.where('project_id', '=', sql<string>`any(${where.projectIds}::uuid[])`)
  const row = await query.executeTakeFirst()
  return { count: Number(row?.count ?? 0), totalBytes: Number(row?.bytes ?? 0) }
}
