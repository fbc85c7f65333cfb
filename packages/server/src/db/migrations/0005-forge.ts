import { type Kysely, sql } from 'kysely'

/**
 * Branches as they were last looked at, and pushes that are under way: a push whose notice was lost in a crash is
 * found by comparing the repository with these rows. `branches_known`: the branches of a project were written down
 * once, so that those of its origin open no changes.
 */
const statements = [
  `create table branches (
    project_id uuid not null references projects on delete cascade, name text not null,
    head_commit text not null, primary key (project_id, name)
  )`,
  `create table pushes (
    id uuid primary key, project_id uuid not null references projects on delete cascade,
    started_at timestamptz not null
  )`,
  `create index pushes_project on pushes (project_id)`,
  `alter table projects add column branches_known boolean not null default false`,
  `alter table pull_requests add column branch_deleted boolean not null default false`,
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql.raw('alter table pull_requests drop column branch_deleted').execute(db)
  await sql.raw('alter table projects drop column branches_known').execute(db)
  await sql.raw('drop table pushes').execute(db)
  await sql.raw('drop table branches').execute(db)
}
