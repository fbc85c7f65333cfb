import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { emptyDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { createMigration, migrationFiles, migrationList } from './create-migration.ts'
import { dumpSchema } from './dump-schema.ts'
import { migrateDatabase, migrationStatus, revertMigration } from './migrate.ts'
import { migrations } from './migrations/all.ts'

const goldenFile = fileURLToPath(new URL('./schema.golden.sql', import.meta.url))

test('the migrations leave the schema of the golden file', async () => {
  const database = await testDatabase()
  try {
    const schema = await dumpSchema(database.db)
    if (process.env['UPDATE_GOLDEN']) await writeFile(goldenFile, schema)
    expect(schema).toBe(await readFile(goldenFile, 'utf8'))
  } finally {
    await database.close()
  }
})

test('every migration goes up, down and up again and leaves the same schema', async () => {
  const database = await emptyDatabase()
  try {
    const names = Object.keys(migrations).sort()
    expect((await migrationStatus(database.db)).every((state) => state.appliedAt === null)).toBe(true)
    expect((await migrateDatabase(database.db)).applied).toEqual(names)
    const schema = await dumpSchema(database.db)
    for (const name of [...names].reverse()) {
      expect((await revertMigration(database.db)).applied).toEqual([name])
    }
    expect(await dumpSchema(database.db)).toBe('')
    expect((await migrateDatabase(database.db)).applied).toEqual(names)
    expect(await dumpSchema(database.db)).toBe(schema)
    expect((await migrateDatabase(database.db)).applied).toEqual([])
    const states = await migrationStatus(database.db)
    expect(states.map((state) => state.name)).toEqual(names)
    expect(states.every((state) => state.appliedAt instanceof Date)).toBe(true)
  } finally {
    await database.close()
  }
})

test('processes that migrate at once apply each migration once', async () => {
  const database = await emptyDatabase()
  try {
    const results = await Promise.all([1, 2, 3, 4].map(() => migrateDatabase(database.db)))
    expect(results.flatMap((result) => result.applied).sort()).toEqual(Object.keys(migrations).sort())
  } finally {
    await database.close()
  }
})

test('a database that a later program migrated is refused', async () => {
  const database = await testDatabase()
  try {
    await sql`insert into schema_migrations (name, timestamp) values ('9999-later', now()::text)`.execute(
      database.db,
    )
    await expect(migrateDatabase(database.db)).rejects.toMatchObject({ code: 'database-newer' })
    await expect(migrationStatus(database.db)).rejects.toMatchObject({ code: 'database-newer' })
  } finally {
    await database.close()
  }
})

test('the list of migrations holds every file of the folder', async () => {
  const all = fileURLToPath(new URL('./migrations/all.ts', import.meta.url))
  expect(await readFile(all, 'utf8')).toBe(migrationList(await migrationFiles()))
})

test('a new migration gets the next number and its place in the list', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-migrations-'))
  try {
    await writeFile(join(folder, '0007-before.ts'), '')
    expect(await createMigration('  Add “outgoing” Webhooks! ', folder)).toBe(
      join(folder, '0008-add-outgoing-webhooks.ts'),
    )
    expect(await readFile(join(folder, 'all.ts'), 'utf8')).toContain(
      "'0008-add-outgoing-webhooks': m0008AddOutgoingWebhooks",
    )
    await expect(createMigration('!!!', folder)).rejects.toMatchObject({ code: 'migration-name' })
    expect(await readdir(folder)).toHaveLength(3)
  } finally {
    await rm(folder, { recursive: true })
  }
})
