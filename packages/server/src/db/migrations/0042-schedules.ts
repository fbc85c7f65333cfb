import { type Kysely, sql } from 'kysely'

/** Times at which workflows of default branches start. Whoever moves `next_at` on has started what stood there. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create table schedules (
    project_id uuid not null references projects on delete cascade, workflow_file text not null,
    workflow_name text not null, cron text not null, timezone text not null, next_at timestamptz,
    last_at timestamptz, missed integer not null default 0,
    primary key (project_id, workflow_file, cron, timezone)
  )`.execute(db)
  await sql`create index schedules_due on schedules (next_at) where next_at is not null`.execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table schedules`.execute(db)
}
