import { newId } from '@signalbox/core/base/ids.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listEventsOfChange } from '../events/read.ts'
import { insertAgentRun } from './agent-runs.ts'
import { dueFixes, findChange } from './changes.ts'
import { insertDeployment } from './deployments.ts'
import { heartbeatJob, staleJobs } from './jobs.ts'
import { moveStep } from './move-step.ts'
import { requestCancel } from './runs.ts'
import { moveAgentRun, moveChange, moveDeployment, moveJob, moveRun } from './state.ts'
import { stepsByJobAttempt, stepsByRun } from './steps.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const now = new Date('2026-11-21T10:00:00Z')

test('of many writers that read the same change exactly one moves it, with one event', async () => {
  const { change } = await seedProject(database.db)
  const results = await Promise.all(
    Array.from({ length: 12 }, () =>
      moveChange(database.db, {
        id: change.id,
        fence: change.fence,
        event: { type: 'agent_answered', responseType: 'pr', autoConfirm: false },
        now,
        patch: { merge_requested: true },
      }),
    ),
  )
  expect(results.filter((result) => result.ok)).toHaveLength(1)
  expect(results.filter((result) => !result.ok && result.code === 'stale')).toHaveLength(11)
  const row = await findChange(database.db, change.id)
  expect(row).toMatchObject({ status: 'validating', fence: 1, has_pull_request: true, merge_requested: true })
  const events = await listEventsOfChange(database.db, change.id)
  expect(events.map((event) => event.type)).toEqual(['change.validating'])
  expect(events[0]).toMatchObject({ projectId: change.project_id, data: { status: 'validating' } })
})

test('what belongs to a move stands or falls with it', async () => {
  const { change } = await seedProject(database.db)
  const cancel = {
    id: change.id,
    fence: change.fence,
    event: { type: 'cancel', reason: 'No.' } as const,
    now,
  }
  const broken = moveChange(database.db, {
    ...cancel,
    also: async (tx) => {
      await insertAgentRun(tx, { id: newId(), changeId: change.id, driver: 'exec' })
      throw new Error('the rest failed')
    },
  })
  await expect(broken).rejects.toThrow('the rest failed')
  expect(await findChange(database.db, change.id)).toEqual(change)
  expect(await listEventsOfChange(database.db, change.id)).toEqual([])
  expect((await moveChange(database.db, cancel)).ok).toBe(true)
})

test('a refused or unknown move says so and leaves the caller’s transaction usable', async () => {
  const { change } = await seedProject(database.db)
  await database.db.transaction().execute(async (tx) => {
    const refused = await moveChange(tx, { id: change.id, fence: 0, event: { type: 'deployed' }, now })
    expect(refused).toMatchObject({ ok: false, code: 'refused', reason: expect.stringContaining('working') })
    const missing = await moveChange(tx, { id: newId(), fence: 0, event: { type: 'deployed' }, now })
    expect(missing).toMatchObject({ ok: false, code: 'missing' })
    const moved = await moveChange(tx, {
      id: change.id,
      fence: 0,
      event: { type: 'cancel', reason: 'x' },
      now,
    })
    expect(moved.ok).toBe(true)
  })
  expect((await findChange(database.db, change.id))?.status).toBe('completed')
})

test('hostile text is stored, not refused', async () => {
  const { change } = await seedProject(database.db)
  const reason = 'bad\0bytes \ud800 and ✓'
  const moved = await moveChange(database.db, {
    id: change.id,
    fence: 0,
    event: { type: 'agent_failed', reason },
    now,
    data: { 'a\0key': reason },
  })
  expect(moved).toMatchObject({ ok: true, row: { reason: 'bad\ufffdbytes \ufffd and ✓' } })
  const [event] = await listEventsOfChange(database.db, change.id)
  expect(event?.data['a\ufffdkey']).toBe('bad\ufffdbytes \ufffd and ✓')
})

test('a fix is due when its back-off is over', async () => {
  const { change } = await seedProject(database.db)
  const answered = { type: 'agent_answered', responseType: 'pr', autoConfirm: true } as const
  await moveChange(database.db, { id: change.id, fence: 0, event: answered, now })
  const failed = {
    type: 'validation_failed',
    fingerprint: 'f1',
    summary: 'a test failed',
    policy: { maxAttempts: 3, backoffMs: 2000 },
    hasAgent: true,
  } as const
  await moveChange(database.db, { id: change.id, fence: 1, event: failed, now })
  const due = async (ms: number) =>
    (await dueFixes(database.db, new Date(now.getTime() + ms))).some((row) => row.id === change.id)
  expect(await due(1999)).toBe(false)
  expect(await due(2000)).toBe(true)
})

test('a second claim takes steps, heartbeat and completion from the first worker', async () => {
  const { project, change } = await seedProject(database.db)
  const { run, job } = await seedClaimedJob(database.db, project.id, change.id)
  const first = { jobId: job.id, attempt: 1, fence: job.fence, now }
  expect(job).toMatchObject({ attempt: 1, fence: 1, heartbeat_at: expect.any(Date) })
  const started = { ...first, number: 1, name: 'Install', event: { type: 'start' } as const }
  expect(await moveStep(database.db, started)).toMatchObject({ ok: true, row: { name: 'Install' } })
  expect(await moveStep(database.db, started)).toMatchObject({ ok: false, code: 'refused' })

  const takeover = { type: 'claim', workerId: newId() } as const
  const second = await moveJob(database.db, { id: job.id, fence: job.fence, event: takeover, now })
  if (!second.ok) throw new Error(second.reason)
  expect(second.row).toMatchObject({ attempt: 2, fence: 2, worker_id: takeover.workerId })

  const done = { type: 'complete', outcome: 'success', conclusion: 'success' } as const
  expect(await moveStep(database.db, { ...started, event: done })).toMatchObject({ ok: false, code: 'stale' })
  expect(await heartbeatJob(database.db, { id: job.id, fence: job.fence, now })).toMatchObject({
    current: false,
  })
  const complete = { type: 'complete', conclusion: 'success' } as const
  expect(await moveJob(database.db, { id: job.id, fence: job.fence, event: complete, now })).toMatchObject({
    ok: false,
    code: 'stale',
  })

  await moveStep(database.db, {
    jobId: job.id,
    attempt: 2,
    fence: 2,
    number: 1,
    name: 'Install',
    event: done,
    now,
    patch: { exit_code: 0, outputs: { tree: 'abc' } },
  })
  expect((await stepsByJobAttempt(database.db, job.id, 1)).map((step) => step.status)).toEqual([
    'in_progress',
  ])
  expect(await stepsByRun(database.db, run.id)).toMatchObject([
    { attempt: 2, status: 'completed', outputs: { tree: 'abc' } },
  ])
  const patch = { outputs: { url: 'x' }, log_complete: true }
  expect(await moveJob(database.db, { id: job.id, fence: 2, event: complete, now, patch })).toMatchObject({
    ok: true,
    row: { status: 'completed', outputs: { url: 'x' }, log_complete: true, fence: 3 },
  })
})

test('a heartbeat learns of a cancel and keeps a job from counting as silent', async () => {
  const { project } = await seedProject(database.db)
  const { run, job } = await seedClaimedJob(database.db, project.id)
  const later = new Date(Date.now() + 60_000)
  const silent = async (before: Date) =>
    (await staleJobs(database.db, before)).some((row) => row.id === job.id)
  expect(await silent(later)).toBe(true)
  expect(await heartbeatJob(database.db, { id: job.id, fence: job.fence, now: later })).toEqual({
    current: true,
    cancelRequested: false,
    forced: false,
    reason: null,
  })
  expect(await silent(later)).toBe(false)
  const asked = await requestCancel(database.db, run.id, { force: false })
  expect(asked).toMatchObject({ cancel_requested: true, fence: run.fence })
  expect(await heartbeatJob(database.db, { id: job.id, fence: job.fence, now: later })).toEqual({
    current: true,
    cancelRequested: true,
    forced: false,
    reason: null,
  })
  const cancelled = { type: 'complete', conclusion: 'cancelled' } as const
  expect((await moveRun(database.db, { id: run.id, fence: run.fence, event: cancelled, now })).ok).toBe(true)
  expect(await requestCancel(database.db, run.id, { force: false })).toBeUndefined()
})

test('turns of an agent run move under their own fence', async () => {
  const { change } = await seedProject(database.db)
  const made = await insertAgentRun(database.db, { id: newId(), changeId: change.id, driver: 'exec' })
  const started = await moveAgentRun(database.db, {
    id: made.id,
    fence: 0,
    event: { type: 'start_turn' },
    now,
  })
  expect(started).toMatchObject({ ok: true, row: { status: 'in_progress', turn: 1, fence: 1 } })
  const events = await listEventsOfChange(database.db, change.id)
  expect(events.at(-1)).toMatchObject({ type: 'agent_run.turn_started', data: { agentRunId: made.id } })
})

test('of deployments that start at once in an environment one gets its turn', async () => {
  const { project, environment } = await seedProject(database.db)
  const queued = await Promise.all(
    [1, 2, 3, 4].map(() =>
      insertDeployment(database.db, {
        id: newId(),
        project_id: project.id,
        environment_id: environment.id,
        commit_id: 'b'.repeat(40),
        trigger: 'merge',
        release_spec: { startCommand: 'node .' },
      }),
    ),
  )
  const start = (id: string) => moveDeployment(database.db, { id, fence: 0, event: { type: 'start' }, now })
  const results = await Promise.all(queued.map((deployment) => start(deployment.id)))
  expect(results.filter((result) => result.ok)).toHaveLength(1)
  expect(results.filter((result) => !result.ok && result.code === 'refused')).toHaveLength(3)
  const winner = results.find((result) => result.ok)
  if (!winner?.ok) throw new Error('nobody started')
  const failed = { type: 'unhealthy', reason: 'HTTP 500' } as const
  const health = { healthy: false, detail: 'HTTP 500', at: now.toISOString() }
  const end = await moveDeployment(database.db, {
    id: winner.row.id,
    fence: 1,
    event: failed,
    now,
    patch: { health, release: 'stopped' },
  })
  expect(end).toMatchObject({ ok: true, row: { conclusion: 'failed', completed_at: now, health } })
  const next = queued.find((deployment) => deployment.id !== winner.row.id)
  expect((await start(next?.id ?? '')).ok).toBe(true)
})
