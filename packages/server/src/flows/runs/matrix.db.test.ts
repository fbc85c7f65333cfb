import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findJob, heartbeatJob, jobsByRun } from '../../db/jobs.ts'
import { findRun } from '../../db/runs.ts'
import { advanceRun } from './advance-run.ts'
import { claim, startedRun } from './started-run.fixture.ts'

let database: TestDatabase
const sent: unknown[] = []

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => await database.close())

const workflow = `on: workflow_dispatch
jobs:
  list:
    runs-on: linux
    outputs: {v: "\${{ steps.s.outputs.v }}"}
    steps: [{id: s, run: echo}]
  test:
    runs-on: linux
    needs: list
    strategy:
      matrix:
        v: \${{ fromJSON(needs.list.outputs.v) }}
    name: Test \${{ matrix.v }}
    outputs: {last: x}
    steps: [{run: echo}]
  end:
    runs-on: linux
    needs: test
    steps: [{run: echo}]
`

async function started() {
  const send = async (_db: unknown, _name: string, payload: unknown) => void sent.push(payload)
  const { states: jobs, ...run } = await startedRun(database, { workflow, send })
  return { ...run, claim: claim(), jobs }
}

test('a matrix becomes its legs once, however many decide on it at the same time', async () => {
  const { deps, runId, move, claim, jobs } = await started()
  expect(await jobs()).toEqual(['list: queued', 'test: queued', 'end: queued'])
  await move('list', { type: 'complete', conclusion: 'success' }, { v: '["a", "b", "c"]' })
  sent.length = 0
  await Promise.all(Array.from({ length: 4 }, () => advanceRun(deps, runId)))
  expect(await jobs()).toEqual([
    'list: success',
    'test (a): queued',
    'test (b): queued',
    'test (c): queued',
    'end: queued',
  ])
  const rows = await jobsByRun(database.db, runId)
  const legs = rows.filter((job) => job.job_key === 'test')
  expect(legs.map((leg) => [leg.name, leg.leg, leg.matrix])).toEqual([
    ['Test a', 0, { v: 'a' }],
    ['Test b', 1, { v: 'b' }],
    ['Test c', 2, { v: 'c' }],
  ])
  expect(new Set(sent.map((payload) => JSON.stringify(payload)))).toEqual(
    new Set(legs.map((leg) => JSON.stringify({ jobId: leg.id }))),
  )
  for (const key of ['test (a)', 'test (b)', 'test (c)']) {
    await move(key, claim)
    await advanceRun(deps, runId)
    expect((await jobs()).at(-1)).toBe('end: queued')
    await move(key, { type: 'complete', conclusion: 'success' })
  }
  sent.length = 0
  await advanceRun(deps, runId)
  expect(sent).toEqual([{ jobId: rows.at(-1)?.id }])
})

test('one leg that fails cancels the others: what waits at once, what runs by its next heartbeat', async () => {
  const { deps, runId, move, claim, jobs } = await started()
  await move('list', { type: 'complete', conclusion: 'success' }, { v: '[1, 2, 3]' })
  await advanceRun(deps, runId)
  const running = await move('test (1)', claim)
  await move('test (2)', { type: 'complete', conclusion: 'failure' })
  await advanceRun(deps, runId)
  expect(await jobs()).toContain('test (3): cancelled')
  const beat = { id: running.id, fence: running.fence, now: new Date() }
  expect(await heartbeatJob(database.db, beat)).toMatchObject({
    current: true,
    cancelRequested: true,
    forced: false,
    reason: null,
  })
  await move('test (1)', { type: 'complete', conclusion: 'cancelled' })
  await advanceRun(deps, runId)
  expect((await jobs()).at(-1)).toBe('end: skipped')
  expect(await findRun(database.db, runId)).toMatchObject({ status: 'completed', conclusion: 'failure' })
})

test('a matrix that comes to nothing fails its job and says why', async () => {
  const { deps, runId, move } = await started()
  const list = await move('list', { type: 'complete', conclusion: 'success' }, { v: '[]' })
  await advanceRun(deps, runId)
  const [, job] = await jobsByRun(database.db, list.run_id)
  expect(await findJob(database.db, job?.id ?? '')).toMatchObject({
    conclusion: 'failure',
    reason: 'strategy: v of the matrix is an empty list',
  })
})
