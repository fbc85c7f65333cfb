import { type Kysely, sql } from 'kysely'

/** Whether a step is a command or an action; unknown of steps that ran before. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw("alter table steps add column kind text check (kind in ('run', 'uses'))").execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql.raw('alter table steps drop column kind').execute(db)
}
