import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findRun } from '../../db/runs.ts'
import type { FlowDeps } from '../deps.ts'
import type { QueueName } from '../queue.ts'
import { type NewRun, startRun } from './start-run.ts'

let database: TestDatabase
const sent: QueueName[] = []

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => await database.close())

async function start(kind: NewRun['kind']) {
  const { project } = await seedProject(database.db)
  sent.length = 0
  const queue = { send: async (_db: unknown, name: QueueName) => void sent.push(name) }
  // Starting a run reaches for nothing else of the flows.
  const deps = { db: database.db, clock: { now: () => new Date() }, queue } as unknown as FlowDeps
  const text = 'on: workflow_dispatch\njobs:\n  a:\n    runs-on: linux\n    steps:\n      - run: echo a\n'
  const id = await database.db.transaction().execute((tx) =>
    startRun(deps, tx, {
      projectId: project.id,
      changeId: null,
      kind,
      name: 'a',
      workflow: { file: '.signalbox/workflows/a.yml', text, source: 'repository' },
      commit: '0'.repeat(40),
      ref: 'refs/heads/main',
      trusted: true,
      subject: {},
    }),
  )
  return await findRun(database.db, id)
}

test('a run starts in the transaction that stores it: its jobs wait for a worker at once', async () => {
  expect(await start('manual')).toMatchObject({ status: 'in_progress' })
  expect(sent).toEqual(['job'])
})

test('a validation waits for its place', async () => {
  expect(await start('validation')).toMatchObject({ status: 'queued' })
  expect(sent).toEqual(['advance-run'])
})
