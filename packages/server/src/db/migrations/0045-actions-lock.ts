import { type Kysely, sql } from 'kysely'

/** `actions_lock`: the lock file of actions as it was where the run's workflow was read. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw('alter table runs add column actions_lock text').execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql.raw('alter table runs drop column actions_lock').execute(db)
}
