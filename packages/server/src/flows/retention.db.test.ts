import { Readable } from 'node:stream'
import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { ProjectRetention, RetentionSettings } from '@signalbox/core/contract/views/retention.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { sql } from 'kysely'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { insertDeployment } from '../db/deployments.ts'
import { appendLogChunk } from '../db/log-chunks.ts'
import { storeProjectRetention, storeRetention } from '../db/retention.ts'
import { appendEvent } from '../events/append.ts'
import { cursorIsGone } from '../events/cursor.ts'
import { createFakeBlobs } from '../storage/fake/create-fake-blobs.ts'
import { previewRetention, runRetention, sweepBlobs } from './retention.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await testDatabase()
})
afterEach(() => database.close())

const now = new Date('2026-06-01T00:00:00Z')
const old = new Date('2026-01-01T00:00:00Z')
const deps = () => ({
  db: database.db,
  blobs: createFakeBlobs(),
  clock: { now: () => now },
  log: pino({ level: 'silent' }),
})
const keep = (settings: Partial<RetentionSettings>) =>
  storeRetention(database.db, { ...RetentionSettings.parse({}), keepRuns: 0, ...settings }, now)

/** A completed run of then with one job and one line. */
async function oldRun(projectId: string, changeId: string | null = null) {
  const { run, job } = await seedClaimedJob(database.db, projectId, changeId)
  const lines = [{ s: 1, t: 0, c: 'o' as const, x: 'hello' }]
  await appendLogChunk(database.db, { jobId: job.id, attempt: 1, fence: job.fence, firstLine: 1, lines })
  const ended = { status: 'completed' as const, conclusion: 'success' as const, completed_at: old }
  await database.db.updateTable('jobs').set(ended).where('id', '=', job.id).execute()
  await database.db.updateTable('runs').set(ended).where('id', '=', run.id).execute()
  return { run, job }
}

const runIds = async () => (await database.db.selectFrom('runs').select('id').execute()).map((row) => row.id)

test('by default a year is kept, and the preview says that nothing goes', async () => {
  const { project } = await seedProject(database.db)
  await oldRun(project.id)
  expect(await previewRetention(deps())).toMatchObject({ runs: 0, logs: 0, auditEntries: 0 })
})

test('what the preview says is what is deleted: old runs, but none that is needed', async () => {
  const { project, environment, change } = await seedProject(database.db)
  const gone = await oldRun(project.id)
  const ofOpenChange = await oldRun(project.id, change.id)
  const ofRelease = await oldRun(project.id)
  await insertDeployment(database.db, {
    id: newId(),
    project_id: project.id,
    environment_id: environment.id,
    change_id: null,
    run_id: ofRelease.run.id,
    commit_id: 'a'.repeat(40),
    trigger: 'merge',
    previous_deployment_id: null,
    rollback_of: null,
  })
  const { run: running } = await seedClaimedJob(database.db, project.id)
  await keep({ runDays: 30 })
  const preview = await previewRetention(deps())
  expect(preview).toMatchObject({ runs: 1, logs: 1 })
  expect(preview.logBytes).toBeGreaterThan(0)
  expect(await runRetention(deps())).toMatchObject({ runs: 1 })
  expect((await runIds()).sort()).toEqual([ofOpenChange.run.id, ofRelease.run.id, running.id].sort())
  expect(await runIds()).not.toContain(gone.run.id)
  expect(await previewRetention(deps())).toMatchObject({ runs: 0, logs: 0 })
})

test('the newest runs of a project stay, however old; their logs may go before them', async () => {
  const { project } = await seedProject(database.db)
  const first = await oldRun(project.id)
  const second = await oldRun(project.id)
  await keep({ runDays: 30, keepRuns: 1, logDays: 30 })
  expect(await previewRetention(deps())).toMatchObject({ runs: 1, logs: 2 })
  await runRetention(deps())
  expect(await runIds()).toEqual([second.run.id])
  expect(first.run.number).toBeLessThan(second.run.number)
  expect(await database.db.selectFrom('log_chunks').selectAll().execute()).toEqual([])
})

test('0 days is for ever', async () => {
  const { project } = await seedProject(database.db)
  await oldRun(project.id)
  await keep({ runDays: 0, logDays: 0, eventDays: 0, auditDays: 0 })
  expect(await previewRetention(deps())).toMatchObject({ runs: 0, logs: 0, events: 0, auditEntries: 0 })
})

test('old events go, and a cursor from before them is known to be gone', async () => {
  const { db } = database
  const ids: number[] = []
  for (let index = 0; index < 5; index++) {
    ids.push(await db.transaction().execute((tx) => appendEvent(tx, { type: 'test.happened' })))
  }
  const [first = 0, second = 0, third = 0] = ids
  await db.updateTable('events').set({ at: old }).where('id', '<=', third).execute()
  await keep({ eventDays: 30 })
  const { events } = await previewRetention(deps())
  expect(await runRetention(deps())).toMatchObject({ events })
  expect(await cursorIsGone(db, first)).toBe(true)
  expect(await cursorIsGone(db, second)).toBe(true)
  expect(await cursorIsGone(db, third)).toBe(false)
  expect(await cursorIsGone(db, (ids.at(-1) ?? 0) + 1)).toBe(true)
})

test('blobs of artifacts and logs go with their runs, and only those', async () => {
  const { project } = await seedProject(database.db)
  const gone = await oldRun(project.id)
  const kept = await oldRun(project.id)
  const all = deps()
  for (const [name, { run, job }] of Object.entries({ gone, kept })) {
    const blob_key = `artifacts/${name}`
    await all.blobs.put(blob_key, Readable.from([Buffer.from(name)]))
    await all.blobs.put(`logs/${name}`, Readable.from([Buffer.from(name)]))
    await sql`insert into artifacts (id, run_id, name, blob_key, size_bytes, file_count, sha256, expires_at)
      values (${newId()}, ${run.id}, ${name}, ${blob_key}, 4, 1, 'x', ${now})`.execute(database.db)
    await sql`insert into log_blobs (job_id, attempt, blob_key, line_count, size_bytes, parts)
      values (${job.id}, 1, ${`logs/${name}`}, 1, 4, '{4}')`.execute(database.db)
  }
  await keep({ runDays: 30, keepRuns: 1, logDays: 0 })
  expect(await previewRetention(all)).toMatchObject({ runs: 1, artifacts: 1, artifactBytes: 4 })
  // A store that fails leaves the row, by which the next round finds its blobs again.
  all.blobs.failNext('delete', new Failure('storage-lost', 'Away.', { retryable: true }))
  await expect(runRetention(all)).rejects.toThrow('Away.')
  expect(await runIds()).toContain(gone.run.id)
  await runRetention(all)
  expect(all.blobs.keys()).toEqual(['artifacts/kept', 'logs/kept'])
  expect(await runIds()).toEqual([kept.run.id])
})

test('the nightly sweep takes blobs that no row names for a day', async () => {
  const all = { ...deps(), clock: { now: () => new Date(Date.now() + 2 * 86_400_000) } }
  for (const key of ['artifacts/run/crashed', 'logs/gone/1-abc', 'other/thing']) {
    await all.blobs.put(key, Readable.from([Buffer.from('x')]))
  }
  await sweepBlobs({ ...all, clock: { now: () => new Date() } })
  expect(all.blobs.keys()).toHaveLength(3)
  await sweepBlobs(all)
  expect(all.blobs.keys()).toEqual(['other/thing'])
})

test('the audit log loses what is older than it is kept, and nothing by default', async () => {
  const { db } = database
  for (const at of [old, now]) {
    await sql`insert into audit_log (at, via, action) values (${at}, 'token', 'test')`.execute(db)
  }
  await runRetention(deps())
  expect(await db.selectFrom('audit_log').select('at').execute()).toHaveLength(2)
  await keep({ auditDays: 30 })
  expect(await previewRetention(deps())).toMatchObject({ auditEntries: 1 })
  expect(await runRetention(deps())).toMatchObject({ auditEntries: 1 })
  expect(await db.selectFrom('audit_log').select('at').execute()).toEqual([{ at: now }])
})

test('what signing in leaves behind is swept, what is still good is not', async () => {
  const rows = (table: string) => sql`select 1 from ${sql.table(table)}`.execute(database.db)
  const soon = new Date(now.getTime() + 60_000)
  for (const at of [old, soon]) {
    const verification = {
      id: newId(),
      identifier: 'x',
      value: 'y',
      expires_at: at,
      created_at: old,
      updated_at: old,
    }
    await database.db.insertInto('verifications').values(verification).execute()
  }
  for (const [key, since] of [
    ['yesterday', old],
    ['just now', now],
  ] as const) {
    await database.db.insertInto('sign_in_attempts').values({ key, count: 3, since }).execute()
  }
  await runRetention(deps())
  expect((await rows('verifications')).rows).toHaveLength(1)
  expect((await rows('sign_in_attempts')).rows).toHaveLength(1)
})

test('a project has its own numbers, and is previewed and tidied alone', async () => {
  const { project } = await seedProject(database.db)
  const { project: other } = await seedProject(database.db)
  const mine = await oldRun(project.id)
  const theirs = await oldRun(other.id)
  const settings = ProjectRetention.parse({ runDays: 30, keepRuns: 0 })
  await storeProjectRetention(database.db, { projectId: project.id, settings, now })
  expect(await previewRetention(deps(), other.id)).toMatchObject({ runs: 0, events: 0, auditEntries: 0 })
  expect(await previewRetention(deps(), project.id)).toMatchObject({ runs: 1, logs: 1 })
  expect(await previewRetention(deps())).toMatchObject({ runs: 1 })
  // The installation deletes early, this project keeps for ever.
  await keep({ runDays: 30 })
  await storeProjectRetention(database.db, {
    projectId: project.id,
    settings: { ...settings, runDays: 0 },
    now,
  })
  expect(await previewRetention(deps(), project.id)).toMatchObject({ runs: 0 })
  expect(await runRetention(deps(), { projectId: project.id })).toMatchObject({ runs: 0 })
  expect(await runRetention(deps(), { projectId: other.id })).toMatchObject({ runs: 1 })
  expect(await runIds()).toEqual([mine.run.id])
  expect(theirs.run.id).not.toBe(mine.run.id)
})

test('completed changes go with all that belongs to them, but none whose release is kept', async () => {
  const { db } = database
  const { project, environment, change } = await seedProject(db)
  const { project: second, change: released } = await seedProject(db)
  const { change: open } = await seedProject(db)
  const ofChange = await oldRun(project.id, change.id)
  const ofReleased = await oldRun(second.id, released.id)
  await insertDeployment(db, {
    id: newId(),
    project_id: second.id,
    environment_id: environment.id,
    change_id: released.id,
    run_id: ofReleased.run.id,
    commit_id: 'a'.repeat(40),
    trigger: 'merge',
    previous_deployment_id: null,
    rollback_of: null,
  })
  const completed = { status: 'completed' as const, conclusion: 'cancelled' as const, updated_at: old }
  await db.updateTable('changes').set(completed).where('id', 'in', [change.id, released.id]).execute()
  await db
    .insertInto('evidence')
    .values({
      run_id: ofChange.run.id,
      change_id: change.id,
      conclusion: 'failure',
      summary: 'x',
      excerpt: 'y',
    })
    .execute()
  const event = (changeId: string) => ({ type: 'change.happened', changeId })
  for (const { id } of [change, change, open]) {
    await db.transaction().execute((tx) => appendEvent(tx, event(id)))
  }
  await keep({ runDays: 0, logDays: 0, eventDays: 0 })
  expect(await previewRetention(deps())).toMatchObject({ changes: 0, runs: 0 })
  await keep({ changeDays: 30, keepRuns: 100, runDays: 0, logDays: 0, eventDays: 0 })
  const preview = await previewRetention(deps())
  expect(preview).toMatchObject({ changes: 1, runs: 1, logs: 1 })
  expect(preview.events).toBeGreaterThanOrEqual(2)
  // A store that is away leaves the change: the next round finds it again.
  const all = deps()
  await db
    .insertInto('artifacts')
    .values({
      id: newId(),
      run_id: ofChange.run.id,
      name: 'a',
      blob_key: 'artifacts/a',
      size_bytes: 1,
      file_count: 1,
      sha256: 'x',
      expires_at: now,
    })
    .execute()
  all.blobs.failNext('delete', new Failure('storage-lost', 'Away.', { retryable: true }))
  await expect(runRetention(all)).rejects.toThrow('Away.')
  expect(await previewRetention(all)).toMatchObject({ changes: 1 })
  expect(await runRetention(all)).toMatchObject({ changes: 1, runs: 1, events: preview.events })
  const left = await db.selectFrom('changes').select('id').execute()
  expect(left.map((row) => row.id).sort()).toEqual([released.id, open.id].sort())
  expect(await runIds()).toEqual([ofReleased.run.id])
  expect(await db.selectFrom('evidence').selectAll().execute()).toEqual([])
  expect(await db.selectFrom('events').where('change_id', '=', change.id).selectAll().execute()).toEqual([])
  expect(await previewRetention(deps())).toMatchObject({ changes: 0, runs: 0 })
})
