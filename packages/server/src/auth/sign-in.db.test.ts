import { systemClock } from '@signalbox/core/base/clock.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { issueLoginToken, openSession } from './sign-in.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => await database.close())

test('a token opens one session; after that the answer says how to get another one', async () => {
  const deps = { db: database.db, clock: systemClock, authSecret: 'a key of this test' }
  const { token } = await issueLoginToken(deps, { port: 1 })
  const input = { loginToken: token, userAgent: 'test' }
  expect((await openSession(deps, input)).user.name).toBe('owner')
  await expect(openSession(deps, input)).rejects.toMatchObject({
    code: 'invalid-token',
    hint: expect.stringContaining('"signalbox open"'),
  })
})
