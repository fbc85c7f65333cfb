import { sql } from 'kysely'
import { readHorizon } from '../events/horizon.ts'
import type { Queryable } from './connect.ts'

/** Counts of rows by what they are, for the metrics. */
export interface Measures {
  jobs: { status: string; count: number }[]
  /** Seconds that the job at the head of the line has waited; 0: none waits. */
  oldestQueuedSeconds: number
  runs: { kind: string; conclusion: string; count: number }[]
  deployments: { conclusion: string; count: number }[]
  changes: { status: string; count: number }[]
  workers: { name: string; slots: number; inHand: number; heartbeatAgeSeconds: number }[]
  queues: { name: string; queued: number; active: number }[]
  /** Events that are there and may not be read yet, as a writer below them is under way. */
  eventLag: number
  databaseBytes: number
}

/** Read at each scrape: some small statements over indexes and counts that PostgreSQL answers in milliseconds. */
export async function readMeasures(db: Queryable): Promise<Measures> {
  const [jobs, oldest, runs, deployments, changes, workers, queues, horizon, size] = await Promise.all([
    sql<{ status: string; count: number }>`
      select status, count(*) as count from jobs where status <> 'completed' group by status`.execute(db),
    sql<{ seconds: number }>`
      select coalesce(extract(epoch from now() - min(created_at)), 0)::float as seconds from jobs
      where status = 'queued'`.execute(db),
    // Grouped by the columns of an index first: it is read alone, not a row of a million runs.
    sql<{ kind: string; conclusion: string; count: number }>`
      select kind, coalesce(conclusion, status) as conclusion, sum(count)::int8 as count from (
        select kind, status, conclusion, count(*) as count from runs group by 1, 2, 3
      ) as by_index group by 1, 2`.execute(db),
    sql<{ conclusion: string; count: number }>`
      select coalesce(conclusion, status) as conclusion, count(*) as count from deployments group by 1`.execute(
      db,
    ),
    sql<{ status: string; count: number }>`
      select status, count(*) as count from changes where status <> 'completed' group by status`.execute(db),
    sql<{ name: string; slots: number; in_hand: number; age: number }>`
      select name, sum(slots)::int as slots, sum(coalesce((stats->>'inHand')::int, 0))::int as in_hand,
        extract(epoch from now() - max(heartbeat_at))::float as age
      from workers where stopped_at is null and heartbeat_at > now() - interval '1 hour' group by name`.execute(
      db,
    ),
    sql<{ name: string; queued: number; active: number }>`
      select name, queued_count as queued, active_count as active from pgboss.queue`
      .execute(db)
      .catch(() => ({ rows: [] })),
    readHorizon(db),
    sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(db),
  ])
  return {
    jobs: jobs.rows,
    oldestQueuedSeconds: oldest.rows[0]?.seconds ?? 0,
    runs: runs.rows,
    deployments: deployments.rows,
    changes: changes.rows,
    workers: workers.rows.map((row) => ({
      name: row.name,
      slots: row.slots,
      inHand: row.in_hand,
      heartbeatAgeSeconds: row.age,
    })),
    queues: queues.rows,
    eventLag: horizon.newest - horizon.safe,
    databaseBytes: size.rows[0]?.bytes ?? 0,
  }
}
