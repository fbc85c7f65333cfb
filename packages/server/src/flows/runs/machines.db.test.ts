import { newId } from '@signalbox/core/base/ids.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { waitWords } from '../../api/views/waits.ts'
import { jobsByRun } from '../../db/jobs.ts'
import { findRun } from '../../db/runs.ts'
import { listWorkers, machineOf, markWorkerStopped, upsertWorker } from '../../db/workers.ts'
import { advanceRun } from './advance-run.ts'
import { machineQueue } from './send-job.ts'
import { startedRun } from './started-run.fixture.ts'

// Workers are everybody's: each test has a database of its own.
let database: TestDatabase
beforeEach(async () => {
  database = await testDatabase()
})
afterEach(async () => await database.close())

const workflow = (runsOn: string, more = '') => `on: workflow_dispatch
jobs:
  test:
    runs-on: ${runsOn}
${more}    steps: [{run: echo}]
`

async function worker(labels: string[] | undefined, more: { group?: string; name?: string } = {}) {
  const machine = labels && { labels, group: more.group ?? 'Default' }
  const id = newId()
  const name = more.name ?? 'alpha'
  await upsertWorker(database.db, {
    ...{ id, name, pid: 1, slots: 1, sandbox: [], now: new Date() },
    ...(machine && { machine }),
  })
  return { id, queue: machine ? machineQueue(machine) : '' }
}

/** Workers give signs of life, as the clock of the test has it. */
async function aliveIn(hours: number) {
  const heartbeat_at = new Date(Date.now() + hours * 3_600_000)
  await database.db.updateTable('workers').set({ heartbeat_at }).execute()
}

/** A run of the workflow, and to which queues its jobs go at each decision. */
async function started(text: string, more: { hoursLater?: () => number } = {}) {
  const sent: string[] = []
  const run = await startedRun(database, {
    workflow: text,
    async send(_db, name) {
      if (name.startsWith('job')) sent.push(name)
    },
  })
  run.deps.clock = { now: () => new Date(Date.now() + (more.hoursLater?.() ?? 0) * 3_600_000) }
  const advance = async () => {
    sent.length = 0
    await advanceRun(run.deps, run.runId)
    return sent.toSorted()
  }
  const job = async () => {
    const [found] = await jobsByRun(database.db, run.runId)
    if (!found) throw new Error('no job')
    return found
  }
  const waits = async () => {
    const queued = await job()
    const workers = await listWorkers(database.db)
    return waitWords(run.runId, { groups: [], jobs: [queued], workers }).jobs.get(queued.id)
  }
  return { ...run, sent, advance, job, waits }
}

test('what all workers may take goes to the queue of all', async () => {
  await worker(undefined)
  await worker(['ubuntu-latest', 'gpu'])
  const { sent } = await started(workflow('ubuntu-latest'))
  expect(sent).toEqual(['job'])
})

test('what only some may take goes to the queue of their kind', async () => {
  await worker(undefined)
  const gpu = await worker(['linux', 'GPU'])
  const big = await worker(['linux', 'gpu', 'big'])
  const { advance } = await started(workflow('[gpu, linux]'))
  expect(await advance()).toEqual([gpu.queue, big.queue].toSorted())
})

test('expressions are read when the turn comes: of a matrix, of variables, of what is needed', async () => {
  await worker(['ubuntu-latest'])
  const gpu = await worker(['gpu'])
  const more = '    strategy: {matrix: {machine: [gpu]}}\n'
  const { advance, job } = await started(workflow('"${{ matrix.machine }}"', more))
  expect(await advance()).toEqual([gpu.queue])
  expect((await job()).runs_on).toEqual({ labels: ['gpu'] })
})

test('a group of workers is found by its name', async () => {
  await worker(['linux'])
  const big = await worker(['linux'], { group: 'Big' })
  const { advance } = await started(workflow('{group: big, labels: linux}'))
  expect(await advance()).toEqual([big.queue])
})

test('a job waits for a worker that fits, says so, and begins as soon as there is one', async () => {
  await worker(['linux', 'x64'])
  const { sent, advance, waits, job } = await started(workflow('[gpu, linux]'))
  expect(sent).toEqual([])
  expect(await waits()).toBe('No worker has the labels gpu and linux. Workers: alpha (linux, x64).')
  expect(await job()).toMatchObject({ status: 'queued' })
  const rows = await database.db.selectFrom('events').select('data').where('type', '=', 'job.held').execute()
  expect(rows).toEqual([{ data: { wants: 'the labels gpu and linux' } }])
  const gpu = await worker(['linux', 'gpu'], { name: 'beta' })
  expect(await advance()).toEqual([gpu.queue])
  expect(await waits()).toBeUndefined()
  // Gone again before it took the job.
  await markWorkerStopped(database.db, { id: gpu.id, now: new Date() })
  expect(await advance()).toEqual([])
})

test('after 24 hours without one it has failed', async () => {
  await worker(['linux'])
  let hours = 0
  const { advance, runId, job } = await started(workflow('gpu'), { hoursLater: () => hours })
  hours = 23
  // A worker that is there gives signs of life.
  await aliveIn(23)
  await advance()
  expect(await job()).toMatchObject({ status: 'queued' })
  hours = 25
  await aliveIn(25)
  await advance()
  await advance()
  expect(await findRun(database.db, runId)).toMatchObject({ conclusion: 'failure' })
  expect((await job()).reason).toBe('No worker had the label gpu for 24 hours.')
})

test('what comes to a machine of another system fails at once, with the way out', async () => {
  await worker(undefined)
  const more = '    strategy: {matrix: {os: [windows-latest]}}\n'
  const { advance, job } = await started(workflow('"${{ matrix.os }}"', more))
  await advance()
  expect(await job()).toMatchObject({ conclusion: 'failure' })
  expect((await job()).reason).toContain('No worker is windows-latest; jobs run on Linux.')
})

test('so does what names another system by its word, unless a worker says that it is one', async () => {
  await worker(undefined)
  const none = await started(workflow('windows-latest'))
  await none.advance()
  expect(await none.job()).toMatchObject({ conclusion: 'failure' })
  expect((await none.job()).reason).toContain('No worker is windows-latest; jobs run on Linux.')
  const windows = await worker(['windows-latest'])
  const { advance } = await started(workflow('windows-latest'))
  expect(await advance()).toEqual([windows.queue])
})

test('a worker of a version that had no labels has the usual ones', async () => {
  await worker(undefined)
  const [row] = await listWorkers(database.db)
  expect(row && machineOf(row).labels).toContain('ubuntu-latest')
})
