import { newId } from '@signalbox/core/base/ids.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appendAgentEvents, forgetTurn, insertAgentRun, listAgentEvents } from './agent-runs.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

async function begunTurn() {
  const { project, change } = await seedProject(database.db)
  const { job } = await seedClaimedJob(database.db, project.id, change.id)
  const { id: agentRunId } = await insertAgentRun(database.db, {
    id: newId(),
    changeId: change.id,
    driver: 'scripted',
  })
  const prompt = { role: 'person', kind: 'prompt', body: 'Do it.' } as const
  await appendAgentEvents(database.db, { agentRunId, turn: 1, events: [prompt] })
  return { agentRunId, job: { id: job.id, fence: job.fence } }
}

const said = { role: 'agent', kind: 'message', body: 'I am at it.' } as const

test('an entry that is sent again after a lost COMMIT stands once', async () => {
  const { agentRunId, job } = await begunTurn()
  const entry = { agentRunId, turn: 1, job, events: [said], afterSeq: 1 }
  const first = await appendAgentEvents(database.db, entry)
  expect(await appendAgentEvents(database.db, entry)).toEqual(first)
  const next = await appendAgentEvents(database.db, { ...entry, afterSeq: 2 })
  expect(next?.map((event) => event.seq)).toEqual([3])
  expect(await listAgentEvents(database.db, { agentRunId })).toHaveLength(3)
})

test('a worker that lost its job forgets nothing of the turn that another plays', async () => {
  const { agentRunId, job } = await begunTurn()
  await appendAgentEvents(database.db, { agentRunId, turn: 1, job, events: [said] })
  const stale = { id: job.id, fence: job.fence - 1 }
  expect(await forgetTurn(database.db, { agentRunId, turn: 1, job: stale })).toBe(false)
  expect(await listAgentEvents(database.db, { agentRunId })).toHaveLength(2)
  expect(await forgetTurn(database.db, { agentRunId, turn: 1, job })).toBe(true)
  expect((await listAgentEvents(database.db, { agentRunId })).map((event) => event.kind)).toEqual(['prompt'])
})

test('each entry of a conversation wakes the readers of its change, once', async () => {
  const { agentRunId, job } = await begunTurn()
  const entry = { agentRunId, turn: 1, job, events: [said], afterSeq: 1 }
  await appendAgentEvents(database.db, entry)
  await appendAgentEvents(database.db, entry)
  const heard = await database.db
    .selectFrom('events')
    .innerJoin('agent_runs', 'agent_runs.change_id', 'events.change_id')
    .innerJoin('changes', 'changes.id', 'events.change_id')
    .select(['events.data', 'events.project_id', 'changes.project_id as owner'])
    .where('agent_runs.id', '=', agentRunId)
    .where('events.type', '=', 'agent_run.said')
    .orderBy('events.id')
    .execute()
  expect(heard).toHaveLength(2)
  for (const { data, project_id, owner } of heard) {
    expect(data).toEqual({ turn: 1, entries: 1 })
    expect(project_id).toBe(owner)
  }
})
