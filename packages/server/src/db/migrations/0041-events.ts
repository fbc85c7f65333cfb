import { type Kysely, sql } from 'kysely'

/**
 * Workflows that start by themselves: what happened to a project is one row (`occurrences`), written in the
 * transaction of whatever made it happen and answered once; the runs that it starts are named by it, so that no
 * crash starts them twice. `excused`: a check that no workflow had to make, by its filters.
 */
const statements = [
  `create table occurrences (
    id uuid primary key, project_id uuid not null references projects on delete cascade,
    change_id uuid references changes on delete cascade, name text not null, action text, ref text not null,
    commit_id text not null, before_commit text, branch text, trusted boolean not null,
    payload jsonb not null default '{}'::jsonb, depth integer not null default 0, key text,
    status text not null default 'open' check (status in ('open', 'done')),
    verdicts jsonb not null default '[]'::jsonb, created_at timestamptz not null default now(), done_at timestamptz
  )`,
  'create unique index occurrences_once on occurrences (project_id, key) where key is not null',
  'create index occurrences_by_project on occurrences (project_id, id desc)',
  `create index occurrences_open on occurrences (id) where status = 'open'`,
  'create index occurrences_by_change on occurrences (change_id) where change_id is not null',
  'alter table runs drop constraint runs_kind_check',
  `alter table runs add constraint runs_kind_check
    check (kind in ('agent', 'validation', 'deploy', 'manual', 'event'))`,
  'alter table runs add column occurrence_id uuid references occurrences on delete set null',
  'alter table runs add column event_name text',
  `alter table runs add column event jsonb not null default '{}'::jsonb`,
  'alter table runs add column event_depth integer not null default 0',
  `create unique index runs_once_for_event on runs (occurrence_id, workflow_file)
    where occurrence_id is not null and rerun_of is null`,
  'alter table checks add column excused boolean not null default false',
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql.raw('alter table checks drop column excused').execute(db)
  await sql.raw('drop index runs_once_for_event').execute(db)
  await sql.raw(`delete from runs where kind = 'event'`).execute(db)
  for (const column of ['event_depth', 'event', 'event_name', 'occurrence_id']) {
    await sql.raw(`alter table runs drop column ${column}`).execute(db)
  }
  await sql.raw('alter table runs drop constraint runs_kind_check').execute(db)
  await sql
    .raw(
      `alter table runs add constraint runs_kind_check check (kind in ('agent', 'validation', 'deploy', 'manual'))`,
    )
    .execute(db)
  await sql.raw('drop table occurrences').execute(db)
}
