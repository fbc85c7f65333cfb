import { type Kysely, sql } from 'kysely'

/** What workers say of themselves besides being alive, and for how long things are kept. */
const statements = [
  `alter table workers add column trouble text, add column stats jsonb not null default '{}'`,
  `create table retention (
    project_id uuid unique nulls not distinct references projects on delete cascade,
    settings jsonb not null, updated_at timestamptz not null default now()
  )`,
  `create index runs_completed on runs (completed_at) where status = 'completed'`,
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql.raw('drop index runs_completed').execute(db)
  await sql.raw('drop table retention').execute(db)
  await sql.raw('alter table workers drop column trouble, drop column stats').execute(db)
}
