import { RetentionSettings } from '@signalbox/core/contract/views/retention.ts'
import { type RawBuilder, sql } from 'kysely'
import type { Queryable } from './connect.ts'
import { storableJson } from './storable.ts'

/** The settings of this installation; defaults where nothing was set. */
export async function readRetention(db: Queryable): Promise<RetentionSettings> {
  const row = await db
    .selectFrom('retention')
    .select('settings')
    .where('project_id', 'is', null)
    .executeTakeFirst()
  return RetentionSettings.parse(row?.settings ?? {})
}

export async function storeRetention(db: Queryable, settings: RetentionSettings, now: Date): Promise<void> {
  const columns = { settings: storableJson(settings), updated_at: now }
  await db
    .insertInto('retention')
    .values({ project_id: null, ...columns })
    .onConflict((conflict) => conflict.column('project_id').doUpdateSet(columns))
    .execute()
}

/** What `days` ago was; 0 days: nothing is older. */
export function before(now: Date, days: number): Date {
  return days === 0 ? new Date(0) : new Date(now.getTime() - days * 86_400_000)
}

/**
 * Completed runs that nothing needs: none of an open change, none of a deployment that is under way or whose release
 * is kept, none among the newest of its project.
 */
function oldRuns(settings: RetentionSettings, now: Date): RawBuilder<{ id: string }> {
  return sql<{ id: string }>`
    select r.id from runs r join projects p on p.id = r.project_id
    where r.status = 'completed' and r.completed_at < ${before(now, settings.runDays)}
      and r.number < p.next_run_number - ${settings.keepRuns}
      and not exists (select from changes c where c.id = r.change_id and c.status <> 'completed')
      and not exists (select from deployments d where d.run_id = r.id
        and (d.status <> 'completed' or d.release in ('running', 'stopped')))`
}

/** Jobs of completed runs whose logs are older than they are kept, or go with their run. */
function oldLogs(settings: RetentionSettings, now: Date): RawBuilder<{ id: string }> {
  return sql<{ id: string }>`
    select j.id from jobs j join runs r on r.id = j.run_id
    where (exists (select from log_chunks k where k.job_id = j.id) or exists (select from log_blobs b where b.job_id = j.id))
      and ((r.status = 'completed' and r.completed_at < ${before(now, settings.logDays)}
        and not exists (select from changes c where c.id = r.change_id and c.status <> 'completed'))
        or r.id in (${oldRuns(settings, now)}))`
}

/** What would be deleted now; changes nothing. */
export async function countOld(db: Queryable, settings: RetentionSettings, now: Date) {
  const { rows } = await sql<{
    runs: number
    logs: number
    log_bytes: number
    artifacts: number
    artifact_bytes: number
    events: number
    audit: number
  }>`
    with old_runs as materialized (${oldRuns(settings, now)}), old_logs as materialized (${oldLogs(settings, now)})
    select (select count(*) from old_runs) as runs, (select count(*) from old_logs) as logs,
      (select coalesce(sum(pg_column_size(lines)), 0)::bigint from log_chunks where job_id in (select id from old_logs))
        + (select coalesce(sum(size_bytes), 0)::bigint from log_blobs where job_id in (select id from old_logs)) as log_bytes,
      (select count(*) from artifacts where run_id in (select id from old_runs)) as artifacts,
      (select coalesce(sum(size_bytes), 0)::bigint from artifacts where run_id in (select id from old_runs)) as artifact_bytes,
      (select count(*) from events where at < ${before(now, settings.eventDays)}
        and id < (select max(id) from events)) as events,
      (select count(*) from audit_log where at < ${before(now, settings.auditDays)}) as audit`.execute(db)
  const row = rows[0]
  return {
    runs: row?.runs ?? 0,
    logs: row?.logs ?? 0,
    logBytes: row?.log_bytes ?? 0,
    artifacts: row?.artifacts ?? 0,
    artifactBytes: row?.artifact_bytes ?? 0,
    events: row?.events ?? 0,
    auditEntries: row?.audit ?? 0,
  }
}

/** Some of what is old, with the blobs that go with it. */
export async function someOldRuns(
  db: Queryable,
  settings: RetentionSettings,
  now: Date,
  limit: number,
): Promise<{ ids: string[]; blobKeys: string[] }> {
  const { rows } = await sql<{
    id: string
  }>`${oldRuns(settings, now)} order by r.completed_at limit ${limit}`.execute(db)
  const ids = rows.map((row) => row.id)
  const keys = await sql<{ key: string }>`
    select blob_key as key from artifacts where run_id = any(${ids}::uuid[])
    union select b.blob_key from log_blobs b join jobs j on j.id = b.job_id where j.run_id = any(${ids}::uuid[])`.execute(
    db,
  )
  return { ids, blobKeys: keys.rows.map((row) => row.key) }
}

/** Deletes runs with everything that hangs on them; how many. */
export async function deleteRuns(db: Queryable, ids: string[]): Promise<number> {
  const result = await db
    .deleteFrom('runs')
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .where('status', '=', 'completed')
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** Some jobs whose logs are old, with the blobs that hold them. */
export async function someOldLogs(
  db: Queryable,
  settings: RetentionSettings,
  now: Date,
  limit: number,
): Promise<{ jobIds: string[]; blobKeys: string[] }> {
  const { rows } = await sql<{ id: string }>`${oldLogs(settings, now)} limit ${limit}`.execute(db)
  const jobIds = rows.map((row) => row.id)
  const keys = await sql<{ key: string }>`
    select blob_key as key from log_blobs where job_id = any(${jobIds}::uuid[])`.execute(db)
  return { jobIds, blobKeys: keys.rows.map((row) => row.key) }
}

export async function deleteLogs(db: Queryable, jobIds: string[]): Promise<void> {
  for (const table of ['log_chunks', 'log_blobs'] as const) {
    await db.deleteFrom(table).where('job_id', '=', sql<string>`any(${jobIds}::uuid[])`).execute()
  }
}

/** At most `limit` old events, oldest first; the newest one stays, so that the cursor of nobody is lost. */
export async function deleteOldEvents(db: Queryable, older: Date, limit: number): Promise<number> {
  const result = await sql`
    delete from events where id in (
      select id from events where at < ${older} and id < (select max(id) from events) order by id limit ${limit}
    )`.execute(db)
  return Number(result.numAffectedRows ?? 0)
}

export async function deleteOldAudit(db: Queryable, older: Date, limit: number): Promise<number> {
  const result = await sql`
    delete from audit_log where id in (select id from audit_log where at < ${older} order by id limit ${limit})`.execute(
    db,
  )
  return Number(result.numAffectedRows ?? 0)
}

/** Whether this process is the one that may delete now: until the transaction ends, nobody else is. */
export async function lockRetention(tx: Queryable): Promise<boolean> {
  const { rows } = await sql<{
    mine: boolean
  }>`select pg_try_advisory_xact_lock(${0x73627274}) as mine`.execute(tx)
  return rows[0]?.mine ?? false
}
