import { type Kysely, sql } from 'kysely'

/**
 * Kept states of workspaces, who stands on them, and shells in them. A snapshot's layer is a folder of one
 * `store` (a data folder); `change_id` null means that every run of the project may restore it.
 */
const statements = [
  `create table snapshots (
    id uuid primary key, store text not null, project_id uuid not null references projects on delete cascade,
    change_id uuid references changes on delete cascade,
    kind text not null check (kind in ('install', 'failed')), key text not null,
    state text not null check (state in ('ready', 'unusable')), reason text,
    layer text not null unique, paths jsonb not null default '[]', size_bytes bigint not null default 0,
    base_id uuid references snapshots, job_id uuid references jobs on delete cascade, attempt integer,
    step_number integer, step_name text, command text not null default '',
    hits integer not null default 0, created_at timestamptz not null default now(),
    last_used_at timestamptz not null default now()
  )`,
  `create unique index snapshots_by_key on snapshots
    (store, project_id, coalesce(change_id, '00000000-0000-0000-0000-000000000000'::uuid), key)`,
  `create index snapshots_by_use on snapshots (store, last_used_at)`,
  `create index snapshots_by_job on snapshots (job_id) where job_id is not null`,
  `create index snapshots_by_base on snapshots (base_id) where base_id is not null`,
  `create table snapshot_leases (
    snapshot_id uuid not null references snapshots on delete cascade, holder text not null,
    worker_id uuid not null, created_at timestamptz not null default now(), primary key (snapshot_id, holder)
  )`,
  `create table shells (
    id uuid primary key, job_id uuid not null references jobs on delete cascade,
    snapshot_id uuid references snapshots on delete set null, user_id uuid, ticket_hash bytea unique,
    created_at timestamptz not null default now(), opened_at timestamptz, ended_at timestamptz,
    exit_code integer, reason text
  )`,
  `create index shells_by_job on shells (job_id, id)`,
  `alter table workers add column store text, add column shell_socket text`,
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  for (const table of ['shells', 'snapshot_leases', 'snapshots']) {
    await sql.raw(`drop table ${table} cascade`).execute(db)
  }
  await sql.raw('alter table workers drop column store, drop column shell_socket').execute(db)
}
