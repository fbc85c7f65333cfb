import { sql } from 'kysely'
import type { Queryable } from './connect.ts'

/** What a doctor asks of the database in one statement; it changes nothing. */
export interface DoctorFacts {
  /** How far the clock of the database is ahead of ours. */
  clockAheadMs: number
  queuedLong: number
  aliveWorkers: number
  /** Of these, how many take turns of agents, and deployments; one that has not said so yet counts. */
  agentWorkers: number
  deployWorkers: number
  /** Of all users of this PostgreSQL, and how many it takes beside its superusers. */
  connections: number
  maxConnections: number
  /** Of those that may be seen; 0: none is open. */
  oldestTransactionSeconds: number
  /** Whether pages carry checksums, and how many did not match. */
  checksums: boolean
  checksumFailures: number
  /** In transactions. */
  oldestRowAge: number
}

/** Jobs count as stuck when they are queued for ten minutes. */
export async function readDoctorFacts(db: Queryable, nowMs: () => number): Promise<DoctorFacts> {
  const asked = nowMs()
  const alive = sql`from workers where stopped_at is null and slots > 0
    and heartbeat_at > now() - interval '30 seconds'`
  const { rows } = await sql<Omit<DoctorFacts, 'clockAheadMs'> & { at: number }>`
    select extract(epoch from clock_timestamp())::float * 1000 as at,
      (select count(*) from jobs where status = 'queued' and created_at < now() - interval '10 minutes') as "queuedLong",
      (select count(*) ${alive}) as "aliveWorkers",
      (select count(*) ${alive} and coalesce((stats->>'agents')::boolean, true)) as "agentWorkers",
      (select count(*) ${alive} and coalesce((stats->>'deployments')::boolean, true)) as "deployWorkers",
      (select count(*) from pg_stat_activity where backend_type = 'client backend') as connections,
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as "maxConnections",
      (select coalesce(max(extract(epoch from now() - xact_start)), 0)::float from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()) as "oldestTransactionSeconds",
      current_setting('data_checksums') = 'on' as checksums,
      (select coalesce(sum(checksum_failures), 0)::int from pg_stat_database) as "checksumFailures",
      (select max(age(datfrozenxid)) from pg_database where datname = current_database()) as "oldestRowAge"`.execute(
    db,
  )
  const row = rows[0]
  if (!row) throw new Error('the database answered nothing')
  const { at, ...facts } = row
  return { ...facts, clockAheadMs: Math.round(at - (asked + nowMs()) / 2) }
}
