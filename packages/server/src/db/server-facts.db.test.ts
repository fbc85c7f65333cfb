import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { databaseVersion, pingDatabase } from './server-facts.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => await database.close())

test('a database that is there answers and says its version', async () => {
  await pingDatabase(database.db)
  expect(await databaseVersion(database.db)).toMatch(/^\d+\.\d+/)
})
