import { newId } from '@signalbox/core/base/ids.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { savePassword } from '../db/credentials.ts'
import { insertUser } from '../db/users.ts'
import { refuseOpenDoor } from './open-door.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => await database.close())

test('others can connect only when an owner has a password', async () => {
  const { db } = database
  for (const host of ['127.0.0.1', '127.0.0.2', 'localhost', '::1']) await refuseOpenDoor(db, host)
  const open = ['0.0.0.0', '::', '192.168.1.5', 'box.example', '127.evil.example']
  const member = await insertUser(db, { id: newId(), name: 'Ada', role: 'user' })
  await savePassword(db, { id: newId(), userId: member.id, hash: 'x', now: new Date() })
  for (const host of open) {
    await expect(refuseOpenDoor(db, host)).rejects.toMatchObject({ code: 'password-first' })
  }
  const owner = await insertUser(db, { id: newId(), name: 'Grace', role: 'owner' })
  await savePassword(db, { id: newId(), userId: owner.id, hash: 'x', now: new Date() })
  for (const host of open) await refuseOpenDoor(db, host)
})
