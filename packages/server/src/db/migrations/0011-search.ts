import { type Kysely, sql } from 'kysely'

/** Numbers are what people type: the unique index by project does not serve them alone. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create index runs_by_number on runs (number)`.execute(db)
  await sql`create index changes_by_number on changes (number)`.execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop index changes_by_number`.execute(db)
  await sql`drop index runs_by_number`.execute(db)
}
