import { type Kysely, sql } from 'kysely'

/**
 * Reads that must not grow with the runs there are: the newest validations of a project whose runs are mostly
 * others, and the counts that /metrics shows.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create index runs_validated on runs (project_id, id desc)
    where kind = 'validation' and status = 'completed'`.execute(db)
  await sql`create index runs_by_outcome on runs (kind, status, conclusion)`.execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop index runs_by_outcome`.execute(db)
  await sql`drop index runs_validated`.execute(db)
}
