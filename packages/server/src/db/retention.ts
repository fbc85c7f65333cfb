import {
  ProjectRetention,
  type RetentionPreview,
  RetentionSettings,
} from '@signalbox/core/contract/views/retention.ts'
import { type RawBuilder, sql } from 'kysely'
import { inTransaction, type Queryable } from './connect.ts'
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
  await store(db, null, settings, now)
}

/** What a project set for itself. */
export async function readProjectRetention(db: Queryable, projectId: string): Promise<ProjectRetention> {
  const row = await db
    .selectFrom('retention')
    .select('settings')
    .where('project_id', '=', projectId)
    .executeTakeFirst()
  return ProjectRetention.parse(row?.settings ?? {})
}

export async function storeProjectRetention(
  db: Queryable,
  input: { projectId: string; settings: ProjectRetention; now: Date },
): Promise<void> {
  await store(db, input.projectId, input.settings, input.now)
}

async function store(
  db: Queryable,
  projectId: string | null,
  settings: RetentionSettings | ProjectRetention,
  now: Date,
): Promise<void> {
  const columns = { settings: storableJson(settings), updated_at: now }
  await db
    .insertInto('retention')
    .values({ project_id: projectId, ...columns })
    .onConflict((conflict) => conflict.column('project_id').doUpdateSet(columns))
    .execute()
}

/** What `days` ago was; 0 days: nothing is older. */
export function before(now: Date, days: number): Date {
  return days === 0 ? new Date(0) : new Date(now.getTime() - days * 86_400_000)
}

/** What is looked at: everything, or one project. */
export interface RetentionScope {
  settings: RetentionSettings
  now: Date
  projectId?: string
}

/** Each project with what holds for it: its own number, or the installation's. */
function limits({ settings, now, projectId }: RetentionScope): RawBuilder<unknown> {
  const own = (name: 'changeDays' | 'runDays' | 'keepRuns' | 'logDays') =>
    sql`coalesce((own.settings->>${sql.lit(name)})::int, ${settings[name]}::int)`
  const cut = (name: 'changeDays' | 'runDays' | 'logDays') =>
    sql`case ${own(name)} when 0 then 'epoch'::timestamptz
      else ${now}::timestamptz - ${own(name)} * interval '24 hours' end`
  return sql`
    select p.id as project_id, p.next_run_number - ${own('keepRuns')} as first_kept,
      ${cut('changeDays')} as changes_before, ${cut('runDays')} as runs_before, ${cut('logDays')} as logs_before
    from projects p left join retention own on own.project_id = p.id
    where ${projectId === undefined ? sql`true` : sql`p.id = ${projectId}`}`
}

/**
 * What is old, as tables of one statement; only those that it reads are made. Sets are named once and joined: asked
 * for each row, a hundred thousand runs take longer than a statement may.
 *
 * `needed`: deployments that are under way, or whose release may be gone back to. `old_changes`: completed ones that
 * nothing needs, by what happened to them last. `old_runs`: completed ones that nothing needs, beyond the newest of
 * their project, and those of old changes, which go with them. `old_logs`: jobs whose logs are older than they are
 * kept, or go with their run.
 */
function old(scope: RetentionScope): RawBuilder<unknown> {
  return sql`
    with kept as materialized (${limits(scope)}),
    needed as materialized (
      select d.run_id, d.change_id from deployments d
      where d.status <> 'completed' or d.release in ('running', 'stopped')
    ),
    open_changes as materialized (select id from changes where status <> 'completed'),
    old_changes as materialized (
      select c.id from changes c join kept using (project_id)
      where c.status = 'completed' and c.updated_at < kept.changes_before
        and c.id not in (select change_id from needed where change_id is not null)
        and c.id not in (select r.change_id from needed join runs r on r.id = needed.run_id
          where r.change_id is not null)
        and c.id not in (select change_id from runs where status <> 'completed' and change_id is not null)
    ),
    old_runs as materialized (
      select r.id, r.completed_at from runs r join kept using (project_id)
      where r.status = 'completed' and r.completed_at < kept.runs_before and r.number < kept.first_kept
        and (r.change_id is null or r.change_id not in (select id from open_changes))
        and r.id not in (select run_id from needed where run_id is not null)
      union
      select r.id, r.completed_at from runs r join old_changes c on c.id = r.change_id where r.status = 'completed'
    ),
    old_logs as materialized (
      select j.id from jobs j join (
        select r.id from runs r join kept using (project_id)
        where r.status = 'completed' and r.completed_at < kept.logs_before
          and (r.change_id is null or r.change_id not in (select id from open_changes))
        union
        select id from old_runs
      ) r on r.id = j.run_id
      where exists (select from log_chunks k where k.job_id = j.id)
        or exists (select from log_blobs b where b.job_id = j.id)
    )`
}

/** What would be deleted now; changes nothing. Live events and the audit log belong to no project. */
export async function countOld(db: Queryable, scope: RetentionScope): Promise<RetentionPreview> {
  const { settings, now } = scope
  const everything = scope.projectId === undefined
  const oldEvent = everything ? sql`at < ${before(now, settings.eventDays)}` : sql`false`
  const { rows } = await sql<RetentionPreview>`${old(scope)}
    select (select count(*) from old_changes) as changes,
      (select count(*) from old_runs) as runs, (select count(*) from old_logs) as logs,
      (select coalesce(sum(pg_column_size(lines)), 0)::bigint from log_chunks where job_id in (select id from old_logs))
        + (select coalesce(sum(size_bytes), 0)::bigint from log_blobs where job_id in (select id from old_logs)) as "logBytes",
      (select count(*) from artifacts where run_id in (select id from old_runs)) as artifacts,
      (select coalesce(sum(size_bytes), 0)::bigint from artifacts where run_id in (select id from old_runs)) as "artifactBytes",
      (select count(*) from events where ${oldEvent} and id < (select max(id) from events))
        + (select count(*) from events e join old_changes c on c.id = e.change_id
          where not (${oldEvent}) and e.id < (select max(id) from events)) as events,
      (select count(*) from audit_log
        where ${everything ? sql`at < ${before(now, settings.auditDays)}` : sql`false`}) as "auditEntries"`.execute(
    db,
  )
  const [row] = rows
  if (!row) throw new Error('a count has one row')
  return row
}

/** Some of the runs that are old, the oldest first. */
export async function someOldRuns(db: Queryable, scope: RetentionScope, limit: number): Promise<string[]> {
  const { rows } = await sql<{
    id: string
  }>`${old(scope)} select id from old_runs order by completed_at limit ${limit}`.execute(db)
  return rows.map((row) => row.id)
}

/** The blobs that go with these runs: artifacts and logs. */
export async function blobsOfRuns(db: Queryable, ids: string[]): Promise<string[]> {
  const { rows } = await sql<{ key: string }>`
    select blob_key as key from artifacts where run_id = any(${ids}::uuid[])
    union select b.blob_key from log_blobs b join jobs j on j.id = b.job_id where j.run_id = any(${ids}::uuid[])`.execute(
    db,
  )
  return rows.map((row) => row.key)
}

/** Deletes at most `limit` old changes whose runs are gone already, with their live events; how many of each. */
export async function deleteOldChanges(
  db: Queryable,
  scope: RetentionScope,
  limit: number,
): Promise<{ changes: number; events: number }> {
  return await inTransaction(db, async (tx) => {
    // Locked, so that nothing begins a run for one of them between the look and the end.
    const { rows } = await sql<{ id: string }>`${old(scope)}
      select c.id from changes c join old_changes using (id)
      where not exists (select from runs r where r.change_id = c.id)
      order by c.id limit ${limit} for update of c`.execute(tx)
    const ids = rows.map((row) => row.id)
    // The newest event stays, so that the cursor of nobody is lost.
    const events = await sql`
      delete from events where change_id = any(${ids}::uuid[]) and id < (select max(id) from events)`.execute(
      tx,
    )
    const { numDeletedRows } = await tx
      .deleteFrom('changes')
      .where('id', '=', sql<string>`any(${ids}::uuid[])`)
      .where('status', '=', 'completed')
      .where(sql<boolean>`not exists (select from runs r where r.change_id = changes.id)`)
      .executeTakeFirst()
    return { changes: Number(numDeletedRows), events: Number(events.numAffectedRows ?? 0) }
  })
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

/** Some jobs whose logs are old. */
export async function someOldLogs(db: Queryable, scope: RetentionScope, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`${old(scope)} select id from old_logs limit ${limit}`.execute(db)
  return rows.map((row) => row.id)
}

/** The blobs that hold the logs of these jobs. */
export async function blobsOfLogs(db: Queryable, jobIds: string[]): Promise<string[]> {
  const { rows } = await sql<{ key: string }>`
    select blob_key as key from log_blobs where job_id = any(${jobIds}::uuid[])`.execute(db)
  return rows.map((row) => row.key)
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
