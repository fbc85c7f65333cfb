import { type Kysely, sql } from 'kysely'

/**
 * `runs-on`: what a worker is, and what a job wants. `labels` null: a worker of a version that had none. `runs_on`
 * null: any worker, or not known yet. `no_worker_since`: when it was first found that no worker fits.
 */
const statements = [
  "alter table workers add column labels text[], add column runner_group text not null default 'Default'",
  'alter table jobs add column runs_on jsonb, add column no_worker_since timestamptz',
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql.raw('alter table jobs drop column runs_on, drop column no_worker_since').execute(db)
  await sql.raw('alter table workers drop column labels, drop column runner_group').execute(db)
}
