import { type Kysely, sql } from 'kysely'

/**
 * What a cancelled run still does: jobs that asked to run then, by always() or cancelled(), are marked, so that
 * their workers tell them from those that are to stop. `cancel_forced`: these end too.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw('alter table runs add column cancel_forced boolean not null default false').execute(db)
  await sql.raw('alter table jobs add column despite_cancel boolean not null default false').execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql.raw('alter table jobs drop column despite_cancel').execute(db)
  await sql.raw('alter table runs drop column cancel_forced').execute(db)
}
