import { type Kysely, sql } from 'kysely'

/**
 * Values of secrets that were replaced or deleted after they had been handed out, sealed as before: what was started
 * with one may still print it, and it has to be hidden. `handed_out`: the value of now was read since it was set.
 */
const statements = [
  // Of values that were set before this, nobody wrote down which were read.
  'alter table secrets add column handed_out boolean not null default true',
  'alter table secrets alter column handed_out set default false',
  `create table old_secrets (
    id uuid primary key, project_id uuid not null references projects on delete cascade,
    environment text not null, name text not null, sealed bytea not null,
    key_id text not null references master_keys, version integer not null,
    replaced_at timestamptz not null default now()
  )`,
  'create index old_secrets_by_project on old_secrets (project_id, environment)',
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql.raw('drop table old_secrets').execute(db)
  await sql.raw('alter table secrets drop column handed_out').execute(db)
}
