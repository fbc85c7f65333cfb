import { type Kysely, sql } from 'kysely'

/**
 * More than one person: roles on the machine and in projects, and API tokens that are for less than their
 * person may, and that end. `scopes` and `project_ids` null: for everything and everywhere.
 */
const statements = [
  `alter table users drop constraint users_role_check`,
  `alter table users add constraint users_role_check check (role in ('owner', 'admin', 'user'))`,
  `alter table users add column email text, add column disabled_at timestamptz`,
  `create unique index users_email on users (email)`,
  `create table members (
    project_id uuid not null references projects on delete cascade,
    user_id uuid not null references users on delete cascade,
    role text not null check (role in ('viewer', 'member', 'maintainer', 'owner')),
    created_at timestamptz not null default now(), primary key (user_id, project_id)
  )`,
  `create index members_by_project on members (project_id)`,
  `alter table api_tokens add column scopes text[], add column project_ids uuid[],
    add column expires_at timestamptz, add column hint text not null default ''`,
]

/** People other than owners go with it. */
const undo = [
  `alter table api_tokens drop column scopes, drop column project_ids, drop column expires_at, drop column hint`,
  `drop table members`,
  `delete from users where role <> 'owner'`,
  `alter table users drop column email, drop column disabled_at`,
  `alter table users drop constraint users_role_check`,
  `alter table users add constraint users_role_check check (role in ('owner'))`,
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  for (const statement of undo) await sql.raw(statement).execute(db)
}
