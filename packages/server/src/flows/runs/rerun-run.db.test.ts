import { newId } from '@signalbox/core/base/ids.ts'
import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { jobsByRun } from '../../db/jobs.ts'
import { findRun } from '../../db/runs.ts'
import { moveJob } from '../../db/state.ts'
import type { FlowDeps } from '../deps.ts'
import { advanceRun } from './advance-run.ts'
import { createRun } from './create-run.ts'
import { rerunRun } from './rerun-run.ts'
import { failStuckRun } from './stuck-runs.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => await database.close())

const text = `run-name: Ship to \${{ inputs.where }} of \${{ github.ref_name }}
on: {workflow_dispatch: {inputs: {where: {required: true}, hard: {type: boolean}}}}
jobs:
  a: {runs-on: linux, steps: [{run: echo}], outputs: {x: y}}
  b: {runs-on: linux, needs: a, if: inputs.hard, steps: [{run: echo}]}
`

async function scene(now = () => new Date()) {
  const { project } = await seedProject(database.db)
  const deps = {
    db: database.db,
    clock: { now },
    queue: { send: async () => {} },
    log: pino({ level: 'silent' }),
    forge: {
      head: async (_project: string, branch: string) => (branch === 'gone' ? undefined : 'a'.repeat(40)),
      readFile: async (_project: string, _commit: string, file: string) =>
        file.endsWith('.lock') ? undefined : { text, sizeBytes: text.length, truncated: false },
    },
  } as unknown as FlowDeps
  const create = (inputs: Record<string, string | boolean>, branch?: string) =>
    createRun(deps, { projectId: project.id, workflow: '.github/workflows/ci.yml', branch, inputs })
  const end = async (runId: string, key: string, conclusion: 'success' | 'failure') => {
    const job = (await jobsByRun(database.db, runId)).find((one) => one.key === key)
    if (!job) throw new Error(key)
    const event = { type: 'complete', conclusion } as const
    const patch = { outputs: { x: 'kept' } }
    await moveJob(database.db, { id: job.id, fence: job.fence, event, now: now(), patch })
    await advanceRun(deps, runId)
  }
  const jobs = async (runId: string) =>
    (await jobsByRun(database.db, runId)).map((job) => `${job.key} ${job.conclusion ?? job.status}`)
  return { deps, create, end, jobs }
}

test('a run takes typed inputs, is called by run-name, and refuses what does not fit', async () => {
  const { create } = await scene()
  const { runId } = await create({ where: 'moon', hard: 'true' })
  expect(await findRun(database.db, runId)).toMatchObject({
    name: 'Ship to moon of main',
    inputs: { where: 'moon', hard: true },
    attempt: 1,
  })
  await expect(create({ hard: 'maybe' })).rejects.toMatchObject({ code: 'invalid-input' })
  await expect(create({ hard: 'maybe' })).rejects.toThrow('where is required; hard must be true or false')
})

test('a run of another branch than the default one is not trusted, nor is it when it is run again', async () => {
  const { deps, create, end } = await scene()
  const own = await create({ where: 'x' }, 'main')
  expect(await findRun(database.db, own.runId)).toMatchObject({ trusted: true, ref: 'refs/heads/main' })
  const { runId } = await create({ where: 'x', hard: true }, 'try/next')
  const other = { trusted: false, ref: 'refs/heads/try/next', name: 'Ship to x of try/next' }
  expect(await findRun(database.db, runId)).toMatchObject(other)
  await end(runId, 'a', 'success')
  await end(runId, 'b', 'failure')
  const again = await rerunRun(deps, { runId, jobs: 'all' })
  expect(await findRun(database.db, again.runId)).toMatchObject(other)
  await expect(create({ where: 'x' }, 'gone')).rejects.toMatchObject({
    code: 'not-found',
    fields: [{ path: 'branch', message: 'There is no branch gone.' }],
  })
})

test('a run is run again as a new attempt: all of it, or only what did not succeed', async () => {
  const { deps, create, end, jobs } = await scene()
  const { runId } = await create({ where: 'x', hard: true })
  await expect(rerunRun(deps, { runId, jobs: 'all' })).rejects.toMatchObject({ code: 'refused' })
  await end(runId, 'a', 'success')
  await end(runId, 'b', 'failure')
  expect(await findRun(database.db, runId)).toMatchObject({ status: 'completed', conclusion: 'failure' })
  const failed = await rerunRun(deps, { runId, jobs: 'failed' })
  expect(await jobs(failed.runId)).toEqual(['a success', 'b queued'])
  expect(await findRun(database.db, failed.runId)).toMatchObject({
    attempt: 2,
    rerun_of: runId,
    inputs: { where: 'x', hard: true },
    status: 'in_progress',
  })
  const [kept] = await jobsByRun(database.db, failed.runId)
  expect(kept?.outputs).toEqual({ x: 'kept' })
  await end(failed.runId, 'b', 'success')
  expect(await findRun(database.db, failed.runId)).toMatchObject({ conclusion: 'success' })
  const all = await rerunRun(deps, { runId: failed.runId, jobs: 'all' })
  expect(await jobs(all.runId)).toEqual(['a queued', 'b queued'])
  expect(await findRun(database.db, all.runId)).toMatchObject({ attempt: 3, rerun_of: failed.runId })
})

test('a run without a sign for an hour is failed with a reason; one that waits for a place is not', async () => {
  let now = new Date()
  const { deps, create, jobs } = await scene(() => now)
  const { runId } = await create({ where: 'x' })
  const read = async () => {
    const run = await findRun(database.db, runId)
    if (!run) throw new Error('gone')
    return run
  }
  const options = { stuckAfterMs: 3_600_000, workersAlive: false }
  expect(await failStuckRun(deps, await read(), options)).toBe(false)
  now = new Date(now.getTime() + 3_700_000)
  expect(await failStuckRun(deps, await read(), { ...options, workersAlive: true })).toBe(false)
  const [job] = await jobsByRun(database.db, runId)
  if (!job) throw new Error('no job')
  const claim = { type: 'claim', workerId: newId() } as const
  await moveJob(database.db, { id: job.id, fence: job.fence, event: claim, now })
  expect(await failStuckRun(deps, await read(), options)).toBe(false)
  now = new Date(now.getTime() + 3_700_000)
  expect(await failStuckRun(deps, await read(), options)).toBe(true)
  expect(await read()).toMatchObject({
    conclusion: 'failure',
    reason: expect.stringContaining('no sign for 60'),
  })
  expect(await jobs(runId)).toEqual(['a cancelled', 'b cancelled'])
})
