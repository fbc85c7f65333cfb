import { Failure } from '@signalbox/core/base/failure.ts'
import { type Kysely, sql } from 'kysely'
import { type MigrationResultSet, Migrator } from 'kysely/migration'
import { connectDatabase } from './connect.ts'
import { migrations } from './migrations/all.ts'
import type { Database } from './schema.ts'

/** One migration of this program, and when the database took it. */
export interface MigrationState {
  name: string
  /** Null: not yet. */
  appliedAt: Date | null
}

function migrator(db: Kysely<Database>, wanted = migrations): Migrator {
  // pg-boss keeps a schema of its own and migrates it itself; these are the tables of `public`.
  return new Migrator({
    db,
    provider: { getMigrations: async () => wanted },
    migrationTableName: 'schema_migrations',
    migrationLockTableName: 'schema_migrations_lock',
  })
}

/**
 * Brings the database to this program's schema in one transaction and names what it applied. Safe to call from
 * several processes at once: kysely holds an advisory lock. `database-newer`: a later program was here.
 * `migration-failed`: nothing was changed.
 */
export async function migrateDatabase(db: Kysely<Database>): Promise<{ applied: string[] }> {
  return run(db, (on) => migrator(on).migrateToLatest())
}

/** Takes the newest applied migration back and names it; empty when there is none. */
export async function revertMigration(db: Kysely<Database>): Promise<{ applied: string[] }> {
  return run(db, (on) => migrator(on).migrateDown())
}

async function run(
  db: Kysely<Database>,
  move: (on: Kysely<Database>) => Promise<MigrationResultSet>,
): Promise<{ applied: string[] }> {
  await refuseNewer(db)
  const { error, results } = await db.connection().execute(async (one) => {
    // A migration may take as long as it takes, and waits for one under way in another process.
    await sql`set statement_timeout = 0`.execute(one)
    await sql`set idle_in_transaction_session_timeout = 0`.execute(one)
    try {
      return await move(one)
    } finally {
      await sql`reset statement_timeout`.execute(one)
      await sql`reset idle_in_transaction_session_timeout`.execute(one)
    }
  })
  if (error instanceof Failure) throw error
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === 'Error')?.migrationName
    throw new Failure('migration-failed', `The migration ${failed ?? 'of the database'} failed.`, {
      hint: 'Nothing was changed; the cause says which statement was refused.',
      cause: error,
    })
  }
  const applied = (results ?? []).filter((result) => result.status === 'Success')
  return { applied: applied.map((result) => result.migrationName) }
}

/** Every migration of this program in order. `database-newer` when the database has one that it lacks. */
export async function migrationStatus(db: Kysely<Database>): Promise<MigrationState[]> {
  await refuseNewer(db)
  const taken = new Map((await appliedMigrations(db)).map((row) => [row.name, row.at]))
  return Object.keys(migrations)
    .sort()
    .map((name) => ({ name, appliedAt: taken.get(name) ?? null }))
}

async function refuseNewer(db: Kysely<Database>): Promise<void> {
  const unknown = (await appliedMigrations(db)).filter((row) => !(row.name in migrations))
  if (unknown.length === 0) return
  const names = unknown.map((row) => row.name).join(', ')
  throw new Failure('database-newer', `The database has migrations that this program lacks: ${names}.`, {
    hint: 'Start the version of Signalbox that made them, or a later one.',
  })
}

async function appliedMigrations(db: Kysely<Database>): Promise<{ name: string; at: Date }[]> {
  const table = await sql<{ there: boolean }>`
    select to_regclass('schema_migrations') is not null as there`.execute(db)
  if (!table.rows[0]?.there) return []
  const result = await sql<{ name: string; at: Date }>`
    select name, timestamp::timestamptz as at from schema_migrations order by name`.execute(db)
  return result.rows
}

/**
 * Brings an empty database to the schema that exactly these migrations make. `backup-newer` when this program
 * lacks one of them.
 */
export async function migrateTo(connectionString: string, names: string[]): Promise<void> {
  refuseUnknown(names)
  const connection = connectDatabase({ connectionString, max: 1, applicationName: 'signalbox-migrate' })
  const wanted = Object.fromEntries(Object.entries(migrations).filter(([name]) => names.includes(name)))
  try {
    await run(connection.db, (on) => migrator(on, wanted).migrateToLatest())
  } finally {
    await connection.close()
  }
}

/** A Failure `backup-newer` when one of these migrations is not of this program. */
export function refuseUnknown(names: string[]): void {
  const unknown = names.filter((name) => !(name in migrations))
  if (unknown.length === 0) return
  throw new Failure(
    'backup-newer',
    `It was made by a later Signalbox: this one lacks ${unknown.join(', ')}.`,
    {
      hint: 'Nothing was touched. Restore it with that version, or a later one.',
    },
  )
}
