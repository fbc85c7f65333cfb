import type { JobEvent } from '@signalbox/core/domain/job.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { heartbeatJob, jobsByRun } from '../../db/jobs.ts'
import { findRun } from '../../db/runs.ts'
import { cancelRun } from '../changes/person.ts'
import { advanceRun } from './advance-run.ts'
import { claim, startedRun } from './started-run.fixture.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => await database.close())

const workflow = `on: workflow_dispatch
jobs:
  test:
    runs-on: linux
    steps: [{run: echo}]
  next:
    runs-on: linux
    needs: test
    steps: [{run: echo}]
  after:
    runs-on: linux
    needs: next
    if: \${{ always() }}
    steps: [{run: echo}]
  told:
    runs-on: linux
    needs: test
    if: cancelled()
    strategy: {matrix: {who: [a, b]}}
    steps: [{run: echo}]
  unless:
    runs-on: linux
    needs: test
    if: \${{ !cancelled() }}
    steps: [{run: echo}]
`

async function started() {
  const sent: string[] = []
  let lost = 0
  const send = async (_db: unknown, name: string, payload: { jobId?: string }) => {
    if (name === 'job' && lost-- > 0) throw new Error('The process died here.')
    if (name === 'job') sent.push(payload.jobId ?? '')
  }
  const run = await startedRun(database, { workflow, send })
  const sentKeys = async () => {
    const keys = new Map((await jobsByRun(database.db, run.runId)).map((job) => [job.id, job.key]))
    return sent.splice(0).map((id) => keys.get(id))
  }
  const loseNext = () => {
    lost = 1
  }
  return { ...run, sentKeys, loseNext }
}

const complete = (conclusion: 'success' | 'cancelled'): JobEvent => ({ type: 'complete', conclusion })
const asked = (row: { id: string; fence: number }) =>
  heartbeatJob(database.db, { id: row.id, fence: row.fence, now: new Date() })

test('after a cancel only jobs begin that ask to run then, and the run ends as cancelled', async () => {
  const { deps, runId, move, states, sentKeys } = await started()
  const running = await move('test', claim())
  await cancelRun(deps, { runId })
  expect(await asked(running)).toEqual({ current: true, cancelRequested: true, forced: false, reason: null })
  await sentKeys()
  await advanceRun(deps, runId)
  expect(await sentKeys()).toEqual([])
  await move('test', complete('cancelled'))
  await advanceRun(deps, runId)
  expect(await states()).toEqual([
    'test: cancelled',
    'next: cancelled',
    'after: queued',
    'told (a): queued',
    'told (b): queued',
    'unless: cancelled',
  ])
  expect(await sentKeys()).toEqual(['after', 'told (a)', 'told (b)'])
  const after = await move('after', claim())
  expect(await asked(after)).toEqual({ current: true, cancelRequested: false, forced: false, reason: null })
  // A second cancel that is not forced changes nothing for it.
  await cancelRun(deps, { runId })
  expect(await asked(after)).toMatchObject({ cancelRequested: false })
  await move('after', complete('success'))
  for (const key of ['told (a)', 'told (b)']) await move(key, complete('success'))
  await advanceRun(deps, runId)
  expect(await findRun(database.db, runId)).toMatchObject({ status: 'completed', conclusion: 'cancelled' })
})

test('a forced cancel ends what runs after the first one and begins nothing', async () => {
  const { deps, runId, move, states, sentKeys } = await started()
  await move('test', complete('cancelled'))
  await cancelRun(deps, { runId })
  await advanceRun(deps, runId)
  const after = await move('after', claim())
  await cancelRun(deps, { runId, force: true })
  expect(await asked(after)).toEqual({ current: true, cancelRequested: true, forced: true, reason: null })
  await sentKeys()
  await advanceRun(deps, runId)
  expect(await sentKeys()).toEqual([])
  expect(await states()).toContain('told (a): cancelled')
  expect(await findRun(database.db, runId)).toMatchObject({ status: 'in_progress' })
  await move('after', complete('cancelled'))
  await advanceRun(deps, runId)
  expect(await findRun(database.db, runId)).toMatchObject({ status: 'completed', conclusion: 'cancelled' })
  await expect(cancelRun(deps, { runId, force: true })).rejects.toMatchObject({ code: 'refused' })
})

test('a job that a worker claims while its run is decided on is not taken for ended', async () => {
  const { deps, runId, move, states, sentKeys } = await started()
  await move('test', complete('success'))
  await cancelRun(deps, { runId })
  await move('next', claim())
  await sentKeys()
  await advanceRun(deps, runId)
  // "after" needs "next", which still runs.
  expect(await sentKeys()).not.toContain('after')
  expect(await states()).toContain('next: in_progress')
})

test('what a crash leaves between the mark of a job and its message is sent by the next decision', async () => {
  const { deps, runId, move, states, sentKeys, loseNext } = await started()
  await move('test', complete('cancelled'))
  await cancelRun(deps, { runId })
  await sentKeys()
  loseNext()
  await expect(advanceRun(deps, runId)).rejects.toThrow('died here')
  expect(await sentKeys()).toEqual([])
  expect(await states()).toContain('after: queued')
  await advanceRun(deps, runId)
  expect(await sentKeys()).toEqual(['after', 'told (a)', 'told (b)'])
})
