import { type Kysely, sql } from 'kysely'

/**
 * Who wrote what, from where. Rows name things by id and by the name of then, without references: they outlive
 * what they are about. A row is made before the write and closed after it; one that stays open was cut off.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create table audit_log (
    id bigint generated always as identity primary key, at timestamptz not null default now(),
    user_id uuid, user_name text not null default '', via text not null, token_id uuid,
    ip text not null default '', user_agent text not null default '', request_id text not null default '',
    action text not null, project_id uuid, object_kind text, object_id text,
    asked jsonb, before jsonb, after jsonb, status integer, outcome text not null default 'started'
      check (outcome in ('started', 'done', 'refused', 'failed'))
  )`.execute(db)
  await sql`create index audit_log_by_project on audit_log (project_id, id desc) where project_id is not null`.execute(
    db,
  )
  await sql`create index audit_log_by_user on audit_log (user_id, id desc) where user_id is not null`.execute(
    db,
  )
  await sql`create index audit_log_by_object on audit_log (object_id, id desc) where object_id is not null`.execute(
    db,
  )
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table audit_log`.execute(db)
}
