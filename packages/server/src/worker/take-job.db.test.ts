import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { findJob, insertJobs } from '../db/jobs.ts'
import { requestCancel } from '../db/runs.ts'
import { moveRun } from '../db/state.ts'
import type { WorkerDeps } from './deps.ts'
import { createWorkerMetrics } from './metrics.ts'
import { cancelInHand, type JobInHand, type JobsInHand, takeJob, takeUpOwn } from './take-job.ts'

let database: TestDatabase
let dataDir: string
beforeAll(async () => {
  database = await testDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'take-job-'))
})
afterAll(async () => {
  await database.close()
  await rm(dataDir, { recursive: true, force: true })
})

const workflow = `on: workflow_dispatch
jobs:
  validate:
    runs-on: ubuntu-latest
    steps:
      - run: echo hello
`

/** A worker whose machine fails in this way when a sandbox is asked for. */
function worker(error: Error) {
  const sent: string[] = []
  const deps = {
    workerId: newId(),
    db: database.db,
    queue: {
      send: async (_db: unknown, name: string, payload: { jobId?: string }) => {
        if (name.startsWith('job')) sent.push(name === 'job' ? (payload.jobId ?? '') : name)
      },
    },
    forge: { gitDir: () => dataDir },
    fetchCommit: async () => {},
    forgetFetched: async () => {},
    provider: {
      create: async () => {
        throw error
      },
    },
    drivers: new Map(),
    config: { ...readConfig({}), dataDir },
    metrics: createWorkerMetrics(1),
    clock: { now: () => new Date() },
    log: pino({ level: 'silent' }),
  }
  // Only what a job reaches before it has a sandbox is here.
  return { deps: deps as unknown as WorkerDeps, sent }
}

/** A job that a dead worker left in its nth attempt. */
async function abandonedJob(attempt: number): Promise<string> {
  const { project } = await seedProject(database.db)
  const { run, job } = await seedClaimedJob(database.db, project.id)
  await database.db.updateTable('runs').set({ workflow_text: workflow }).where('id', '=', run.id).execute()
  await database.db.updateTable('jobs').set({ attempt }).where('id', '=', job.id).execute()
  await moveRun(database.db, { id: run.id, fence: run.fence, event: { type: 'start' }, now: new Date() })
  return job.id
}

const never = new AbortController().signal
const inHandOf = (): JobInHand => ({
  runId: '',
  abort: new AbortController(),
  force: new AbortController(),
  despiteCancel: false,
})

test('a job whose database went away is left in progress and taken up again by the same worker', async () => {
  const { deps, sent } = worker(new Failure('database-lost', 'It is away.', { retryable: true }))
  const inHand: JobsInHand = new Map()
  const id = await abandonedJob(20)
  await takeJob(deps, inHand, id, never)
  expect(await findJob(database.db, id)).toMatchObject({ status: 'in_progress', attempt: 21 })
  expect(inHand.size).toBe(0)
  await takeUpOwn(deps, inHand)
  expect(sent).toEqual([id])
  await takeJob(deps, inHand, id, never)
  expect(await findJob(database.db, id)).toMatchObject({ status: 'in_progress', attempt: 22 })
})

test('what this worker holds is not taken up a second time', async () => {
  const { deps, sent } = worker(new Failure('database-lost', 'It is away.', { retryable: true }))
  const id = await abandonedJob(1)
  await takeJob(deps, new Map(), id, never)
  await takeUpOwn(deps, new Map([[id, inHandOf()]]))
  expect(sent).toEqual([])
})

test('two messages for one job at the same instant are one attempt', async () => {
  const { deps } = worker(new Failure('database-lost', 'It is away.', { retryable: true }))
  const inHand: JobsInHand = new Map()
  const id = await abandonedJob(1)
  await Promise.all([takeJob(deps, inHand, id, never), takeJob(deps, inHand, id, never)])
  expect(await findJob(database.db, id)).toMatchObject({ status: 'in_progress', attempt: 2 })
})

test('a machine that fails again and again ends the job with its reason', async () => {
  const { deps } = worker(new Failure('sandbox-start', 'The sandbox did not start.', { retryable: true }))
  const first = await abandonedJob(1)
  await takeJob(deps, new Map(), first, never)
  expect(await findJob(database.db, first)).toMatchObject({ status: 'in_progress', attempt: 2 })
  const last = await abandonedJob(4)
  await takeJob(deps, new Map(), last, never)
  const figures = await deps.metrics.registry.metrics()
  expect(figures).toContain('job_attempt_seconds_count{kind="validation",conclusion="left"} 1')
  expect(figures).toContain('job_attempt_seconds_count{kind="validation",conclusion="failure"} 1')
  expect(figures).toContain('signalbox_worker_jobs 0')
  // Neither attempt was the first.
  expect(figures).not.toContain('job_queue_seconds_count{')
  expect(await findJob(database.db, last)).toMatchObject({
    status: 'completed',
    conclusion: 'failure',
    attempt: 5,
    reason: 'The sandbox did not start.',
  })
})

test('without isolation only a trusted run is taken; the refusal says what to do', async () => {
  const { project } = await seedProject(database.db)
  const { run, job } = await seedClaimedJob(database.db, project.id)
  await database.db
    .updateTable('runs')
    .set({ trusted: false, workflow_text: workflow })
    .where('id', '=', run.id)
    .execute()
  const { deps } = worker(new Error('a sandbox was made'))
  const unsafe = {
    ...deps,
    workerId: job.worker_id ?? '',
    provider: { ...deps.provider, name: 'host', unsafe: true },
  }
  await takeJob(unsafe, new Map(), job.id, new AbortController().signal)
  const ended = await findJob(database.db, job.id)
  expect(ended).toMatchObject({ status: 'completed', conclusion: 'failure' })
  expect(ended?.reason).toContain('without isolation (host, UNSAFE), and this run is not trusted')
})

test('a turn of an agent goes on to a worker that has agents, and a deployment to the one beside the server', async () => {
  const { deps, sent } = worker(new Failure('sandbox-start', 'It took the job.', { retryable: true }))
  async function handOver(kind: 'agent' | 'deploy', config: object): Promise<number | undefined> {
    const id = await abandonedJob(1)
    const job = await findJob(database.db, id)
    await database.db
      .updateTable('runs')
      .set({ kind })
      .where('id', '=', job?.run_id ?? '')
      .execute()
    await takeJob({ ...deps, config: { ...deps.config, ...config } }, new Map(), id, never)
    return (await findJob(database.db, id))?.attempt
  }
  const elsewhere = { serverUrl: 'http://127.0.0.1:1' }
  expect(await handOver('agent', { ...elsewhere, workerAgents: false })).toBe(1)
  expect(await handOver('deploy', { ...elsewhere, workerAgents: true })).toBe(1)
  expect(sent).toEqual(['job-with-agents', 'job-beside-server'])
  expect(await handOver('agent', { ...elsewhere, workerAgents: true })).toBe(2)
  expect(await handOver('deploy', { workerAgents: false })).toBe(2)
  expect(sent).toHaveLength(2)
})

test('a cancel ends what was running, and what began because of it only by force', () => {
  const [plain, despite] = [inHandOf(), { ...inHandOf(), despiteCancel: true }]
  for (const job of [plain, despite]) cancelInHand(job, { force: false })
  expect([plain.abort, plain.force].map((one) => one.signal.aborted)).toEqual([true, false])
  expect([despite.abort, despite.force].map((one) => one.signal.aborted)).toEqual([false, false])
  cancelInHand(despite, { force: true })
  expect([despite.abort, despite.force].map((one) => one.signal.aborted)).toEqual([true, true])
})

test('after a cancel a worker leaves what waits to its run, and ends what a lost worker was doing', async () => {
  const { deps } = worker(new Failure('sandbox-start', 'The sandbox did not start.'))
  const cancelled = async (patch: { status?: 'queued'; despite_cancel?: boolean }, force = false) => {
    const id = await abandonedJob(1)
    const job = await findJob(database.db, id)
    if (patch.status)
      await database.db.updateTable('jobs').set({ worker_id: null }).where('id', '=', id).execute()
    await database.db
      .updateTable('jobs')
      .set({ attempt: 1, ...patch })
      .where('id', '=', id)
      .execute()
    await requestCancel(database.db, job?.run_id ?? '', { force })
    await takeJob(deps, new Map(), id, never)
    const { status, conclusion, attempt } = (await findJob(database.db, id)) ?? {}
    return { status, conclusion, attempt }
  }
  expect(await cancelled({ status: 'queued' })).toMatchObject({ status: 'queued', conclusion: null })
  expect(await cancelled({})).toMatchObject({ conclusion: 'cancelled', attempt: 1 })
  expect(await cancelled({ status: 'queued', despite_cancel: true })).toMatchObject({
    conclusion: 'failure',
    attempt: 2,
  })
  expect(await cancelled({ status: 'queued', despite_cancel: true }, true)).toMatchObject({
    conclusion: 'cancelled',
    attempt: 1,
  })
})

test('how long a job waited is counted from the end of what it needs', async () => {
  const { deps } = worker(new Failure('sandbox-start', 'It took the job.', { retryable: true }))
  const { project } = await seedProject(database.db)
  const { run, job: needed } = await seedClaimedJob(database.db, project.id)
  const long = { created_at: new Date(Date.now() - 3_600_000) }
  const done = { ...long, status: 'completed' as const, completed_at: new Date(Date.now() - 20_000) }
  await database.db.updateTable('jobs').set(done).where('id', '=', needed.id).execute()
  await database.db.updateTable('runs').set({ workflow_text: workflow }).where('id', '=', run.id).execute()
  await moveRun(database.db, { id: run.id, fence: run.fence, event: { type: 'start' }, now: new Date() })
  const row = { id: newId(), run_id: run.id, key: 'after', name: 'after', needs: ['validate'], position: 1 }
  await insertJobs(database.db, [row])
  await database.db.updateTable('jobs').set(long).where('id', '=', row.id).execute()
  await takeJob(deps, new Map(), row.id, never)
  const figures = await deps.metrics.registry.metrics()
  const waited = Number(/job_queue_seconds_sum\{kind="validation"\} (\S+)/.exec(figures)?.[1])
  expect(waited).toBeGreaterThan(19)
  expect(waited).toBeLessThan(600)
})
