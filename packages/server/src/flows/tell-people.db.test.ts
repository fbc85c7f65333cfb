import { systemClock } from '@signalbox/core/base/clock.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { countUnread, listNotifications, markNotifications, savePreferences } from '../db/notifications.ts'
import { updateProject } from '../db/projects.ts'
import { moveChange } from '../db/state.ts'
import type { ChangeRow } from '../db/state-of.ts'
import { ensureOwner } from '../db/users.ts'
import { createEventStream } from '../events/subscribe.ts'
import { startTelling, tellPeople } from './tell-people.ts'

let database: TestDatabase
let userId: string
let change: ChangeRow
beforeAll(async () => {
  database = await testDatabase()
  userId = (await ensureOwner(database.db, { id: newId(), name: 'Owner' })).id
})
afterAll(async () => await database.close())
beforeEach(async () => {
  await savePreferences(database.db, { user_id: userId, muted: [], mine_only: false })
  await tell()
  await markNotifications(database.db, {
    userId,
    which: { upTo: Number.MAX_SAFE_INTEGER },
    readAt: new Date(),
  })
  change = (await seedProject(database.db)).change
})

const deps = () => ({ db: database.db, clock: systemClock, log: pino({ level: 'silent' }) })

async function tell(): Promise<void> {
  while (await tellPeople(deps())) {
    // The next batch.
  }
}

async function move(event: Parameters<typeof moveChange>[1]['event']): Promise<void> {
  const moved = await moveChange(database.db, { id: change.id, fence: change.fence, event, now: new Date() })
  if (!moved.ok) throw new Error(moved.reason)
  change = moved.row
}

const told = async () =>
  (await listNotifications(database.db, { userId, limit: 50 })).filter((row) => row.change_id === change.id)

test('a change that waits is told once, however often events are looked at, also side by side', async () => {
  await move({ type: 'agent_failed', reason: 'It gave up.' })
  await Promise.all([tellPeople(deps()), tellPeople(deps()), tellPeople(deps())])
  await tell()
  const rows = await told()
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({ kind: 'needs_you', body: 'It gave up.', read_at: null })
  expect(rows[0]?.title).toBe(`#${change.number} A goal needs help`)
})

test('a question that was answered is read by itself', async () => {
  await move({ type: 'agent_failed', reason: 'It gave up.' })
  await tell()
  expect(await countUnread(database.db, userId)).toBe(1)
  await move({ type: 'message' })
  await tell()
  expect(await countUnread(database.db, userId)).toBe(0)
})

test('a question that was answered before anybody was told is not told', async () => {
  await move({ type: 'agent_failed', reason: 'It gave up.' })
  await move({ type: 'message' })
  await tell()
  expect(await told()).toEqual([])
})

test('muted kinds and the changes of others are left out', async () => {
  await savePreferences(database.db, { user_id: userId, muted: ['needs_you'], mine_only: false })
  await move({ type: 'agent_failed', reason: 'It gave up.' })
  await tell()
  expect(await told()).toEqual([])
  await savePreferences(database.db, { user_id: userId, muted: [], mine_only: true })
  await move({ type: 'message' })
  await move({ type: 'agent_failed', reason: 'Again.' })
  await tell()
  expect(await told()).toEqual([])
})

test('people are told as events come, and after what happened while nobody told', async () => {
  const events = await createEventStream(database)
  await move({ type: 'agent_failed', reason: 'While away.' })
  const telling = startTelling(deps(), events)
  await expect.poll(told, { timeout: 10_000 }).toHaveLength(1)
  await move({ type: 'message' })
  await move({ type: 'agent_failed', reason: 'Live.' })
  await expect.poll(told, { timeout: 10_000 }).toHaveLength(2)
  telling.stop()
  await events.close()
})

test('what the project has nobody told of is not told', async () => {
  const { project, change: own } = await seedProject(database.db)
  const settings = ProjectSettings.parse({ notifications: { kinds: ['failed'] } })
  await updateProject(database.db, { id: project.id, fence: project.fence, settings })
  change = own
  await move({ type: 'agent_failed', reason: 'It gave up.' })
  await tell()
  expect(await told()).toEqual([])
})
