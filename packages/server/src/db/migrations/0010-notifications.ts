import { type Kysely, sql } from 'kysely'

/**
 * What people are told, made from events: the cursor says how far events were looked at. One row a person and
 * event, so that looking twice tells nobody twice. Events from before this schema are not told.
 */
const statements = [
  `create table notifications (
    id bigint generated always as identity primary key, user_id uuid not null references users on delete cascade,
    event_id bigint not null, at timestamptz not null, kind text not null, title text not null,
    body text not null default '', project_id uuid not null references projects on delete cascade,
    change_id uuid references changes on delete cascade, deployment_id uuid references deployments on delete cascade,
    read_at timestamptz, unique (user_id, event_id)
  )`,
  'create index notifications_by_user on notifications (user_id, id desc)',
  'create index notifications_unread on notifications (user_id) where read_at is null',
  'create index notifications_by_change on notifications (change_id) where change_id is not null',
  'create table notification_cursor (one boolean primary key default true check (one), event_id bigint not null)',
  'insert into notification_cursor (event_id) select coalesce(max(id), 0) from events',
  `create table notification_preferences (
    user_id uuid primary key references users on delete cascade, muted text[] not null default '{}',
    mine_only boolean not null default false
  )`,
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  for (const table of ['notification_preferences', 'notification_cursor', 'notifications']) {
    await sql.raw(`drop table ${table}`).execute(db)
  }
}
