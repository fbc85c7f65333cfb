import { Failure } from '@signalbox/core/base/failure.ts'
import type { Config } from '../config.ts'
import { connectDatabase } from '../db/connect.ts'
import { createMigration } from '../db/create-migration.ts'
import { migrateDatabase, migrationStatus } from '../db/migrate.ts'
import { exportCommand, importCommand } from './backup-command.ts'
import { openDatabase } from './database.ts'

const usage = 'signalbox db migrate | status | export FILE | import FILE | create-migration "name"'

/** `signalbox db …`: migrations and copies of the database that DATABASE_URL or the data folder names. */
export async function databaseCommand(config: Config, args: string[]): Promise<void> {
  const [verb, name] = args
  if (verb === 'create-migration') {
    if (!name) throw new Failure('usage', 'The migration needs a name.', { hint: usage })
    process.stdout.write(`${await createMigration(name)}\n`)
    return
  }
  if (verb === 'export') return await exportCommand(config, args.slice(1))
  if (verb === 'import') return await importCommand(config, args.slice(1))
  if (verb !== 'migrate' && verb !== 'status') throw new Failure('usage', usage)
  const database = await openDatabase(config, {
    info: () => {},
    warn: (message) => process.stderr.write(`${message}\n`),
  })
  const connection = connectDatabase({
    connectionString: database.connectionString,
    max: 2,
    applicationName: 'signalbox-db',
  })
  try {
    if (verb === 'migrate') {
      const { applied } = await migrateDatabase(connection.db)
      process.stdout.write(applied.length === 0 ? 'Nothing to do.\n' : `Applied ${applied.join(', ')}\n`)
      return
    }
    for (const { name: migration, appliedAt } of await migrationStatus(connection.db)) {
      process.stdout.write(
        `${migration}  ${appliedAt ? `applied ${appliedAt.toISOString()}` : 'not applied'}\n`,
      )
    }
  } finally {
    await connection.close()
    // Started only for this: it must not stay behind, as nobody would end it.
    if (!database.adopted) await database.stop()
  }
}
