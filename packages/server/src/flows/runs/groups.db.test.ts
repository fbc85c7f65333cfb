import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { groupWaitWords } from '../../api/views/waits.ts'
import { groupWaits } from '../../db/group-members.ts'
import { heartbeatJob, jobsByRun } from '../../db/jobs.ts'
import { findRun } from '../../db/runs.ts'
import { moveJob, moveRun } from '../../db/state.ts'
import { cancelRun } from '../changes/person.ts'
import type { FlowDeps } from '../deps.ts'
import { advanceRun } from './advance-run.ts'
import { startRun } from './start-run.ts'
import { claim } from './started-run.fixture.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => await database.close())

const grouped = (concurrency: string, more = '') => `on: workflow_dispatch
concurrency: ${concurrency}
jobs:
  deploy:
    runs-on: linux
    steps: [{run: echo}]
${more}`

/** A project of its own, its runs, and what is decided on as a server would: again as long as messages come. */
async function scene() {
  const { db } = database
  const { project } = await seedProject(db)
  const runs: string[] = []
  const jobs = new Set<string>()
  const send = async (_db: unknown, name: string, payload: { runId?: string; jobId?: string }) => {
    if (name === 'advance-run') runs.push(payload.runId ?? '')
    if (name === 'job') jobs.add(payload.jobId ?? '')
  }
  // Only what deciding on a run reaches is here.
  const forge = { head: async () => undefined }
  const clock = { now: () => new Date() }
  const deps = { db, clock, queue: { send }, forge } as unknown as FlowDeps
  async function settle() {
    for (let runId = runs.shift(); runId; runId = runs.shift()) await advanceRun(deps, runId)
  }
  async function create(workflow: string, more: { trusted?: boolean } = {}) {
    const runId = await db.transaction().execute((tx) =>
      startRun(deps, tx, {
        projectId: project.id,
        changeId: null,
        kind: 'manual',
        name: 'a',
        workflow: { file: '.signalbox/workflows/a.yml', text: workflow, source: 'repository' },
        commit: '0'.repeat(40),
        ref: 'refs/heads/main',
        trusted: more.trusted ?? true,
        subject: {},
      }),
    )
    await settle()
    return runId
  }
  const job = async (runId: string, key: string) => {
    const found = (await jobsByRun(db, runId)).find((one) => one.key === key)
    if (!found) throw new Error(`no job ${key}`)
    return found
  }
  async function move(runId: string, key: string, event: Parameters<typeof moveJob>[1]['event']) {
    const { id, fence } = await job(runId, key)
    const moved = await moveJob(db, { id, fence, event, now: new Date() })
    if (!moved.ok) throw new Error(moved.reason)
    await advanceRun(deps, runId)
    await settle()
    return moved.row
  }
  const end = (runId: string, key = 'deploy') => move(runId, key, { type: 'complete', conclusion: 'success' })
  const state = async (runId: string) => {
    const run = await findRun(db, runId)
    return run?.conclusion ?? run?.status
  }
  const waits = async (runId: string) => groupWaitWords(runId, await groupWaits(db, runId))
  return { db, deps, jobs, project, create, job, move, end, state, waits, settle }
}

test('one run of a group is under way; a newer one takes the place of the one that waits', async () => {
  const { db, create, end, state, waits } = await scene()
  const first = await create(grouped('deploy-main'))
  const second = await create(grouped('Deploy-Main'))
  expect([await state(first), await state(second)]).toEqual(['in_progress', 'queued'])
  expect((await waits(second)).run).toBe('Waits for run #1 of the group Deploy-Main.')
  const third = await create(grouped('deploy-main'))
  expect(await findRun(db, second)).toMatchObject({
    conclusion: 'cancelled',
    reason: 'It waited in the group deploy-main, and run #3 took its place.',
  })
  expect(await state(third)).toBe('queued')
  await end(first)
  expect([await state(first), await state(third)]).toEqual(['success', 'in_progress'])
  expect((await waits(third)).run).toBeNull()
})

test('another group, another project and no group at all wait for nobody', async () => {
  const { create, state } = await scene()
  const other = await scene()
  await create(grouped('a'))
  const runs = [await create(grouped('b')), await create(grouped('${{ github.head_ref }}'))]
  for (const run of runs) expect(await state(run)).toBe('in_progress')
  expect(await other.state(await other.create(grouped('a')))).toBe('in_progress')
})

test('cancel-in-progress asks the one that runs to stop; the newcomer begins when it has ended', async () => {
  const { db, create, move, state, job } = await scene()
  const first = await create(grouped('ci'))
  await move(first, 'deploy', claim())
  const second = await create(grouped('{group: ci, cancel-in-progress: true}'))
  const reason = 'It was cancelled in favour of run #2 of the group ci (cancel-in-progress).'
  const { id, fence } = await job(first, 'deploy')
  expect(await heartbeatJob(db, { id, fence, now: new Date() })).toEqual({
    current: true,
    cancelRequested: true,
    forced: false,
    reason,
  })
  expect(await state(second)).toBe('queued')
  await move(first, 'deploy', { type: 'complete', conclusion: 'cancelled' })
  expect(await findRun(db, first)).toMatchObject({ conclusion: 'cancelled', reason })
  expect(await state(second)).toBe('in_progress')
})

test('with queue: max all wait in their order', async () => {
  const { create, end, state, waits } = await scene()
  const runs: string[] = []
  for (let count = 0; count < 4; count++) runs.push(await create(grouped('{group: q, queue: max}')))
  const [first = '', second = '', third = '', last = ''] = runs
  expect((await waits(last)).run).toBe('Waits for run #1 of the group q, behind 2 more.')
  await end(first)
  expect([await state(second), await state(third)]).toEqual(['in_progress', 'queued'])
  await end(second)
  expect([await state(third), await state(last)]).toEqual(['in_progress', 'queued'])
})

test.each([
  [
    'a person who cancels',
    async (s: Awaited<ReturnType<typeof scene>>, runId: string) => {
      await cancelRun(s.deps, { runId, force: true })
      await s.settle()
    },
  ],
  [
    'a process that dies between the end and what follows',
    async (s: Awaited<ReturnType<typeof scene>>, runId: string) => {
      const run = await findRun(s.db, runId)
      const event = { type: 'complete', conclusion: 'failure' } as const
      await moveRun(s.db, { id: runId, fence: run?.fence ?? 0, event, now: new Date() })
    },
  ],
  [
    'retention',
    async (s: Awaited<ReturnType<typeof scene>>, runId: string) => {
      await s.db.deleteFrom('runs').where('id', '=', runId).execute()
    },
  ],
])('a group is freed by %s', async (_by, free) => {
  const it = await scene()
  const first = await it.create(grouped('g'))
  const second = await it.create(grouped('g'))
  expect(await it.state(second)).toBe('queued')
  await free(it, first)
  // As the reconciler does every few seconds.
  await advanceRun(it.deps, second)
  await it.settle()
  expect(await it.state(second)).toBe('in_progress')
})

test('twenty that are created at once: one holds, one waits, the others gave way to it', async () => {
  const { db, deps, project, settle } = await scene()
  const create = () =>
    db.transaction().execute((tx) =>
      startRun(deps, tx, {
        projectId: project.id,
        changeId: null,
        kind: 'manual',
        name: 'a',
        workflow: { file: 'a.yml', text: grouped('same'), source: 'repository' },
        commit: '0'.repeat(40),
        ref: 'refs/heads/main',
        trusted: true,
        subject: {},
      }),
    )
  const runs = await Promise.all(Array.from({ length: 20 }, create))
  await settle()
  const rows = await Promise.all(runs.map((id) => findRun(db, id)))
  const count = (what: string) => rows.filter((row) => (row?.conclusion ?? row?.status) === what).length
  expect({ running: count('in_progress'), waiting: count('queued'), cancelled: count('cancelled') }).toEqual({
    running: 1,
    waiting: 1,
    cancelled: 18,
  })
})

test('twenty jobs whose turn comes at once: never two hold the group, and each is handed on once', async () => {
  const { db, deps, create, jobs, settle } = await scene()
  const text = `on: workflow_dispatch
jobs:
  deploy:
    runs-on: linux
    concurrency: {group: shared, queue: max}
    steps: [{run: echo}]
`
  const runs = await Promise.all(Array.from({ length: 20 }, () => create(text)))
  // Several servers decide on all of them at the same time.
  const all = () => Promise.all([...runs, ...runs].map((runId) => advanceRun(deps, runId)))
  const order: string[] = []
  for (let done = 0; done < runs.length; done++) {
    await all()
    await settle()
    expect(jobs.size).toBe(1)
    const [id = ''] = jobs
    jobs.clear()
    order.push(id)
    const row = (await Promise.all(runs.map((run) => jobsByRun(db, run)))).flat().find((one) => one.id === id)
    const event = { type: 'complete', conclusion: 'success' } as const
    await moveJob(db, { id, fence: row?.fence ?? 0, event, now: new Date() })
  }
  expect(new Set(order).size).toBe(20)
})

test('jobs of different runs share a group, and say whom they wait for', async () => {
  const { db, create, end, jobs, job, waits } = await scene()
  const text = (more: string) => `on: workflow_dispatch
jobs:
  deploy:
    runs-on: linux
    concurrency: {group: "to-\${{ matrix.to }}"${more}}
    strategy: {matrix: {to: [a, b]}}
    steps: [{run: echo}]
`
  const first = await create(text(''))
  const second = await create(text(''))
  expect(jobs).toEqual(new Set((await jobsByRun(db, first)).map((row) => row.id)))
  const waiting = await job(second, 'deploy (b)')
  expect((await waits(second)).jobs.get(waiting.id)).toBe(
    'Waits for the job deploy (b) of run #1 of the group to-b.',
  )
  await end(first, 'deploy (b)')
  expect(jobs).toContain(waiting.id)
  expect(jobs).not.toContain((await job(second, 'deploy (a)')).id)
  // A job that was not begun yet is cancelled at once, one that runs is asked.
  await create(text(', cancel-in-progress: true'))
  expect(await job(second, 'deploy (b)')).toMatchObject({
    conclusion: 'cancelled',
    reason:
      'It was cancelled in favour of the job deploy (b) of run #3 of the group to-b (cancel-in-progress).',
  })
})

test('a job never waits for the group that its own run has, nor for one whose name cannot be read', async () => {
  const { create, job, state } = await scene()
  const own = await create(grouped('mine', '    concurrency: MINE\n'))
  expect(await job(own, 'deploy')).toMatchObject({ conclusion: 'cancelled' })
  expect((await job(own, 'deploy')).reason).toContain('held by its own run')
  const wrong = await create(grouped('x', '    concurrency: "${{ fromJSON(github.ref) }}"\n'))
  expect((await job(wrong, 'deploy')).reason).toContain('concurrency: ')
  expect(await state(wrong)).toBe('failure')
})

test('a run that is not trusted waits for trusted ones and cancels none', async () => {
  const { create, state } = await scene()
  const first = await create(grouped('deploy'))
  const second = await create(grouped('deploy'))
  const text = grouped('{group: deploy, cancel-in-progress: true}')
  const hostile = await create(text, { trusted: false })
  const states = [await state(first), await state(second), await state(hostile)]
  expect(states).toEqual(['in_progress', 'queued', 'queued'])
})
