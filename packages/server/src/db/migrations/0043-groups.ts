import { type Kysely, sql } from 'kysely'

/**
 * Groups of `concurrency`: who holds one and who waits for it, runs and jobs alike, in their order. One holds at
 * most, whatever servers do. `cancel_reason`: what ended a run or a job in favour of another one.
 */
const statements = [
  `create table group_members (
    id bigint generated always as identity primary key,
    project_id uuid not null references projects on delete cascade,
    group_key text not null, group_name text not null,
    run_id uuid not null references runs on delete cascade,
    job_id uuid references jobs on delete cascade,
    holds boolean not null, entered_at timestamptz not null default now()
  )`,
  'create unique index group_holder on group_members (project_id, group_key) where holds',
  'create index group_members_in_order on group_members (project_id, group_key, id)',
  'create unique index group_members_of_run on group_members (run_id) where job_id is null',
  'create index group_members_by_run on group_members (run_id)',
  'create unique index group_members_of_job on group_members (job_id) where job_id is not null',
  'alter table runs add column cancel_reason text',
  'alter table jobs add column cancel_reason text',
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql.raw('alter table jobs drop column cancel_reason').execute(db)
  await sql.raw('alter table runs drop column cancel_reason').execute(db)
  await sql.raw('drop table group_members').execute(db)
}
