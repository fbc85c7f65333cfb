import { type Kysely, sql } from 'kysely'

/** Legs of a matrix, inputs and attempts of runs, annotations, summaries and artifacts. */
const statements = [
  `alter table jobs
    add column job_key text,
    add column leg integer,
    -- json, not jsonb: the order of names is kept
    add column matrix json,
    add column strategy jsonb,
    add column cancel_requested boolean not null default false`,
  `update jobs set job_key = key`,
  `alter table jobs alter column job_key set not null`,
  `alter table runs
    add column inputs jsonb not null default '{}',
    add column attempt integer not null default 1,
    add column rerun_of uuid references runs on delete set null,
    add column concurrency_group text`,
  `create index runs_by_concurrency on runs (project_id, concurrency_group)
    where concurrency_group is not null and status <> 'completed'`,
  `create table annotations (
    id uuid primary key, job_id uuid not null references jobs on delete cascade, attempt integer not null,
    step integer not null, level text not null check (level in ('notice', 'warning', 'error')),
    message text not null, title text, file text, line integer, end_line integer, col integer,
    end_column integer, created_at timestamptz not null default now()
  )`,
  `create index annotations_by_job on annotations (job_id, attempt, id)`,
  `create table step_summaries (
    job_id uuid not null references jobs on delete cascade, attempt integer not null, step integer not null,
    text text not null, primary key (job_id, attempt, step)
  )`,
  `create table artifacts (
    id uuid primary key, run_id uuid not null references runs on delete cascade, name text not null,
    blob_key text not null, size_bytes bigint not null, file_count integer not null, sha256 text not null,
    expires_at timestamptz not null, created_at timestamptz not null default now(),
    unique (run_id, name)
  )`,
  `create index artifacts_by_expiry on artifacts (expires_at)`,
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  for (const table of ['artifacts', 'step_summaries', 'annotations']) {
    await sql.raw(`drop table ${table} cascade`).execute(db)
  }
  await sql
    .raw(`alter table jobs drop column job_key, drop column leg, drop column matrix, drop column strategy,
      drop column cancel_requested`)
    .execute(db)
  await sql
    .raw(`alter table runs drop column inputs, drop column attempt, drop column rerun_of,
      drop column concurrency_group`)
    .execute(db)
}
