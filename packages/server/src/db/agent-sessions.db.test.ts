import { newId } from '@signalbox/core/base/ids.ts'
import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertAgentRun } from './agent-runs.ts'
import { deleteOldAgentSessions } from './agent-sessions.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const long = new Date('2026-01-01T00:00:00Z')
const month = new Date('2026-02-01T00:00:00Z')

/** A session of a change; both were touched for the last time then. */
async function session(touched: Date, over: boolean): Promise<string> {
  const { db } = database
  const { change } = await seedProject(db)
  const run = await insertAgentRun(db, { id: newId(), changeId: change.id, driver: 'scripted' })
  await db
    .insertInto('agent_sessions')
    .values({ agent_run_id: run.id, turn: 1, session_id: 's', totals: '{}', home: null })
    .execute()
  await db.updateTable('agent_runs').set({ updated_at: touched }).where('id', '=', run.id).execute()
  const ended = over ? { status: 'completed' as const, conclusion: 'cancelled' as const } : {}
  await db
    .updateTable('changes')
    .set({ updated_at: touched, ...ended })
    .where('id', '=', change.id)
    .execute()
  return run.id
}

test('sessions of completed changes go, and those that rest for long; others stay', async () => {
  await session(month, true)
  await session(long, false)
  const kept = await session(month, false)
  expect(await deleteOldAgentSessions(database.db, month)).toBe(2)
  const left = await database.db.selectFrom('agent_sessions').select('agent_run_id').execute()
  expect(left.map((row) => row.agent_run_id)).toEqual([kept])
})
