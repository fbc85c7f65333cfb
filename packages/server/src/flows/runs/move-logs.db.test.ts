import { Failure } from '@signalbox/core/base/failure.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readConfig } from '../../config.ts'
import { appendLogChunk } from '../../db/log-chunks.ts'
import { readJobLog } from '../../job-log/read-job-log.ts'
import { createFakeBlobs } from '../../storage/fake/create-fake-blobs.ts'
import { moveLogs } from './move-logs.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await testDatabase()
})
afterEach(() => database.close())

const now = new Date('2026-06-01T00:10:00Z')
const log = pino({ level: 'silent' })
const deps = () => ({
  db: database.db,
  blobs: createFakeBlobs(),
  clock: { now: () => now },
  config: readConfig({}),
  log,
})

async function jobEndedAt(minute: number | undefined): Promise<string> {
  const { project } = await seedProject(database.db)
  const { job } = await seedClaimedJob(database.db, project.id)
  const lines = [{ s: 1, t: 0, c: 'o' as const, x: job.id }]
  await appendLogChunk(database.db, { jobId: job.id, attempt: 1, fence: job.fence, firstLine: 1, lines })
  if (minute === undefined) return job.id
  const completed_at = new Date(`2026-06-01T00:0${minute}:00Z`)
  const ended = { status: 'completed' as const, conclusion: 'success' as const, completed_at }
  await database.db.updateTable('jobs').set(ended).where('id', '=', job.id).execute()
  return job.id
}

const inBlobs = async () =>
  (await database.db.selectFrom('log_blobs').select('job_id').execute()).map((row) => row.job_id).sort()

test('logs move some minutes after the end of their jobs, and no sooner', async () => {
  const old = [await jobEndedAt(1), await jobEndedAt(5)]
  const others = [await jobEndedAt(6), await jobEndedAt(undefined)]
  const at = deps()
  expect(await moveLogs(at)).toBe(2)
  expect(await moveLogs(at)).toBe(0)
  expect(await inBlobs()).toEqual(old.sort())
  for (const jobId of [...old, ...others]) {
    const { lines } = await readJobLog(at, { jobId, attempt: 1, after: 0, limit: 10 })
    expect(lines.map((line) => line.x)).toEqual([jobId])
  }
})

test('two processes at once move each log once', async () => {
  for (let i = 0; i < 8; i++) await jobEndedAt(1)
  const at = deps()
  const moved = await Promise.all([moveLogs(at), moveLogs(at)])
  expect(moved.reduce((sum, count) => sum + count)).toBe(8)
  expect(at.blobs.keys()).toHaveLength(8)
})

test('one log that cannot be stored holds up no other; a store that is lost ends the round', async () => {
  for (let i = 0; i < 6; i++) await jobEndedAt(1)
  const at = deps()
  at.blobs.failNext('put', new Failure('storage-full', 'There is no space left.'))
  expect(await moveLogs(at)).toBe(5)
  expect(await moveLogs(at)).toBe(1)
  for (let i = 0; i < 6; i++) await jobEndedAt(1)
  let puts = 0
  const put = () => {
    puts += 1
    return Promise.reject(new Failure('storage-lost', 'It does not answer.', { retryable: true }))
  }
  expect(await moveLogs({ ...at, blobs: { ...at.blobs, put } })).toBe(0)
  expect(puts).toBe(3)
  expect(await moveLogs(at)).toBe(6)
})
