import { type Kysely, sql } from 'kysely'

/**
 * What the runtime's own services keep: the form of an artifact (the stock upload makes a zip), caches that actions
 * save, and the keys that sign identity tokens of jobs.
 */
const statements = [
  "alter table artifacts add column media_type text not null default 'application/gzip'",
  `create table caches (
    id uuid primary key, project_id uuid not null references projects on delete cascade,
    scope text not null, key text not null, version text not null,
    blob_key text not null unique, size_bytes bigint not null, sha256 text not null,
    run_id uuid references runs on delete set null, hits integer not null default 0,
    created_at timestamptz not null default now(), last_used_at timestamptz not null default now(),
    unique (project_id, scope, version, key)
  )`,
  'create index caches_by_use on caches (project_id, last_used_at)',
  'create index caches_by_run on caches (run_id) where run_id is not null',
  `create table oidc_keys (
    id uuid primary key, public_key text not null, sealed bytea not null,
    created_at timestamptz not null, expires_at timestamptz not null
  )`,
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql.raw('drop table caches, oidc_keys').execute(db)
  await sql.raw('alter table artifacts drop column media_type').execute(db)
}
