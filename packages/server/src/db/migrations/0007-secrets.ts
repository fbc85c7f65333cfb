import { type Kysely, sql } from 'kysely'

/**
 * Secrets under envelope keys and plain variables, per project and environment ('' is every environment); which
 * master keys are in use; which worker may deploy; where the log of a completed attempt stands as a blob.
 */
const statements = [
  `create table master_keys (
    id text primary key, created_at timestamptz not null default now(), retired_at timestamptz
  )`,
  `create table secrets (
    id uuid primary key, project_id uuid not null references projects on delete cascade,
    environment text not null default '', name text not null, sealed bytea not null,
    key_id text not null references master_keys, version integer not null default 1,
    created_by uuid, created_at timestamptz not null default now(),
    updated_by uuid, updated_at timestamptz not null default now(), last_used_at timestamptz,
    unique (project_id, environment, name)
  )`,
  `create index secrets_by_key on secrets (key_id)`,
  `create table variables (
    id uuid primary key, project_id uuid not null references projects on delete cascade,
    environment text not null default '', name text not null, value text not null,
    updated_by uuid, updated_at timestamptz not null default now(),
    unique (project_id, environment, name)
  )`,
  `alter table workers add column deploys boolean not null default true`,
  `create table log_blobs (
    job_id uuid not null references jobs on delete cascade, attempt integer not null,
    blob_key text not null, line_count integer not null, size_bytes bigint not null,
    parts integer[] not null, stored_at timestamptz not null default now(), primary key (job_id, attempt)
  )`,
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  for (const table of ['log_blobs', 'variables', 'secrets', 'master_keys']) {
    await sql.raw(`drop table ${table}`).execute(db)
  }
  await sql.raw('alter table workers drop column deploys').execute(db)
}
