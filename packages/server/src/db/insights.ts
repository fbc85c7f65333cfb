import type { Conclusion } from '@signalbox/core/domain/status.ts'
import { type RawBuilder, sql } from 'kysely'
import type { Queryable } from './connect.ts'
import type { RunRow } from './state-of.ts'

/** Which runs are looked at: the newest `limit` of those that were made since. */
export interface InsightScope {
  projectId?: string
  among?: string[]
  since: Date
  limit: number
}

export interface WorkflowFigures {
  project_id: string
  project_slug: string
  kind: RunRow['kind']
  workflow_file: string
  name: string
  runs: number
  successful: number
  failed: number
  mean_ms: number | null
  median_ms: number | null
  p95_ms: number | null
  queue_median_ms: number | null
  queue_p95_ms: number | null
  newest_run_id: string
  newest_conclusion: Conclusion | null
}

/** Ids hold their time, so that the primary key finds what is recent. */
function recentRuns({ projectId, among, since, limit }: InsightScope): RawBuilder<unknown> {
  const ofProject = projectId === undefined ? sql`` : sql`and r.project_id = ${projectId}`
  const ofThose = among === undefined ? sql`` : sql`and r.project_id = any(${among}::uuid[])`
  return sql`
    select r.id, r.project_id, r.kind, r.workflow_file, r.name, r.commit_id, r.status, r.conclusion,
      r.created_at, r.started_at, r.completed_at, p.slug as project_slug
    from runs r join projects p on p.id = r.project_id
    where r.id >= ${firstIdAt(since)} ${ofProject} ${ofThose}
    order by r.id desc limit ${limit}`
}

/** The lowest time-ordered UUID of a moment. */
function firstIdAt(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

/** How many runs the scope has, up to one more than its limit. */
export async function countRecentRuns(db: Queryable, scope: InsightScope): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with recent as (${recentRuns({ ...scope, limit: scope.limit + 1 })})
    select count(*)::int as count from recent`.execute(db)
  return rows[0]?.count ?? 0
}

/** Success, durations and queue times of each workflow; the busiest first. */
export async function workflowFigures(db: Queryable, scope: InsightScope): Promise<WorkflowFigures[]> {
  const { rows } = await sql<WorkflowFigures>`
    with recent as materialized (${recentRuns(scope)}),
    first_jobs as (
      select run_id, min(started_at) as started_at from jobs
      where run_id in (select id from recent) group by run_id
    ),
    timed as (
      select recent.*, conclusion in ('success', 'failure', 'timed_out') as ended,
        extract(epoch from completed_at - recent.started_at) * 1000 as ms,
        extract(epoch from first_jobs.started_at - recent.created_at) * 1000 as queue_ms
      from recent left join first_jobs on first_jobs.run_id = recent.id
    )
    select project_id, project_slug, kind, workflow_file,
      (array_agg(name order by id desc))[1] as name,
      count(*)::int as runs,
      count(*) filter (where conclusion = 'success')::int as successful,
      count(*) filter (where conclusion in ('failure', 'timed_out'))::int as failed,
      (avg(ms) filter (where ended))::float as mean_ms,
      (percentile_cont(0.5) within group (order by ms) filter (where ended))::float as median_ms,
      (percentile_cont(0.95) within group (order by ms) filter (where ended))::float as p95_ms,
      (percentile_cont(0.5) within group (order by queue_ms))::float as queue_median_ms,
      (percentile_cont(0.95) within group (order by queue_ms))::float as queue_p95_ms,
      (array_agg(id order by id desc))[1] as newest_run_id,
      (array_agg(conclusion order by id desc))[1] as newest_conclusion
    from timed
    group by project_id, project_slug, kind, workflow_file
    order by runs desc, project_slug, workflow_file`.execute(db)
  return rows
}

export interface ErrorFigures {
  project_slug: string
  workflow_file: string
  job_key: string
  step: string
  reason: string
  count: number
  last_run_id: string
  last_at: Date
}

/** How steps failed, the most common way first, at most 20. */
export async function commonErrors(db: Queryable, scope: InsightScope): Promise<ErrorFigures[]> {
  const { rows } = await sql<ErrorFigures>`
    with recent as materialized (${recentRuns(scope)})
    select recent.project_slug, recent.workflow_file, jobs.job_key, steps.name as step,
      left(coalesce(steps.reason, steps.conclusion), 200) as reason, count(*)::int as count,
      (array_agg(recent.id order by recent.id desc))[1] as last_run_id,
      max(coalesce(steps.completed_at, recent.created_at)) as last_at
    from recent
    join jobs on jobs.run_id = recent.id
    join steps on steps.job_id = jobs.id
    where steps.conclusion in ('failure', 'timed_out')
    group by 1, 2, 3, 4, 5
    order by count desc, last_at desc limit 20`.execute(db)
  return rows
}

export interface FlakyFigures {
  project_slug: string
  workflow_file: string
  job_key: string
  commits: number
  flaky_commits: number
  last_run_id: string
}

/** Jobs that ended both ways on one commit, the flakiest first, at most 20. */
export async function flakyJobs(db: Queryable, scope: InsightScope): Promise<FlakyFigures[]> {
  const { rows } = await sql<FlakyFigures>`
    with recent as materialized (${recentRuns(scope)}),
    by_commit as (
      select recent.project_slug, recent.workflow_file, jobs.key as job_key, recent.commit_id,
        bool_or(jobs.conclusion = 'success') and bool_or(jobs.conclusion in ('failure', 'timed_out')) as flaky,
        (array_agg(recent.id order by recent.id desc))[1] as last_run_id
      from recent join jobs on jobs.run_id = recent.id
      where jobs.conclusion in ('success', 'failure', 'timed_out') and recent.kind <> 'agent'
      group by 1, 2, 3, 4
    )
    select project_slug, workflow_file, job_key, count(*)::int as commits,
      count(*) filter (where flaky)::int as flaky_commits,
      (array_agg(last_run_id order by last_run_id desc) filter (where flaky))[1] as last_run_id
    from by_commit group by 1, 2, 3
    having count(*) filter (where flaky) > 0
    order by flaky_commits desc, commits, job_key limit 20`.execute(db)
  return rows
}
