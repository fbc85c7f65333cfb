import { sql } from 'kysely'
import type { Queryable } from './connect.ts'

/** Resolves when the database answers; throws what the connection throws. */
export async function pingDatabase(db: Queryable): Promise<void> {
  await sql`select 1`.execute(db)
}

/** As the server says it: `18.4`. */
export async function databaseVersion(db: Queryable): Promise<string> {
  const result = await sql<{ server_version: string }>`show server_version`.execute(db)
  return result.rows[0]?.server_version ?? ''
}
