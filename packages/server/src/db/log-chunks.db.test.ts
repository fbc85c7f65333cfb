import { newId } from '@signalbox/core/base/ids.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appendLogChunk, lineCount, readLog } from './log-chunks.ts'
import type { StoredLine } from './schema/runs.ts'
import { moveJob } from './state.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

function lines(...texts: string[]): StoredLine[] {
  return texts.map((x) => ({ s: 1, t: 0, c: 'o', x }))
}

async function claimedJob() {
  const { project } = await seedProject(database.db)
  return (await seedClaimedJob(database.db, project.id)).job
}

test('a chunk that is sent twice is stored once', async () => {
  const job = await claimedJob()
  const chunk = { jobId: job.id, attempt: 1, fence: job.fence, firstLine: 1, lines: lines('a', 'b\0') }
  expect(await appendLogChunk(database.db, chunk)).toEqual({ ok: true, appended: true })
  expect(await appendLogChunk(database.db, chunk)).toEqual({ ok: true, appended: false })
  expect(await lineCount(database.db, { jobId: job.id, attempt: 1 })).toBe(2)
  const page = await readLog(database.db, { jobId: job.id, attempt: 1, after: 0, limit: 10 })
  expect(page).toEqual({
    more: false,
    lines: [
      { n: 1, s: 1, t: 0, c: 'o', x: 'a' },
      { n: 2, s: 1, t: 0, c: 'o', x: 'b\ufffd' },
    ],
  })
})

test('a writer that lost the job, or never had it, is refused', async () => {
  const job = await claimedJob()
  const chunk = { jobId: job.id, attempt: 1, fence: job.fence, firstLine: 1, lines: lines('a') }
  expect((await appendLogChunk(database.db, { ...chunk, fence: 0 })).ok).toBe(false)
  expect((await appendLogChunk(database.db, { ...chunk, attempt: 2 })).ok).toBe(false)
  expect((await appendLogChunk(database.db, { ...chunk, jobId: newId() })).ok).toBe(false)
  await appendLogChunk(database.db, chunk)
  const claim = { type: 'claim', workerId: newId() } as const
  await moveJob(database.db, { id: job.id, fence: job.fence, event: claim, now: new Date() })
  expect(await appendLogChunk(database.db, { ...chunk, firstLine: 2 })).toEqual({ ok: false, code: 'stale' })
  const next = { ...chunk, attempt: 2, fence: job.fence + 1 }
  expect(await appendLogChunk(database.db, next)).toEqual({ ok: true, appended: true })
  expect(await lineCount(database.db, { jobId: job.id, attempt: 1 })).toBe(1)
})

test('an append waits for a claim under way and is refused by it', async () => {
  const job = await claimedJob()
  let append: ReturnType<typeof appendLogChunk> | undefined
  await database.db.transaction().execute(async (tx) => {
    const claim = { type: 'claim', workerId: newId() } as const
    await moveJob(tx, { id: job.id, fence: job.fence, event: claim, now: new Date() })
    append = appendLogChunk(database.db, {
      jobId: job.id,
      attempt: 1,
      fence: job.fence,
      firstLine: 1,
      lines: lines('too late'),
    })
    // Until the append is seen to wait for the claim's row.
    for (;;) {
      const { rows } = await sql`
        select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%log_chunks%'`.execute(
        database.db,
      )
      if (rows.length > 0) break
    }
  })
  expect(await append).toEqual({ ok: false, code: 'stale' })
})

test('pages begin and end in the middle of chunks', async () => {
  const job = await claimedJob()
  let next = 1
  for (const size of [3, 1, 5, 2]) {
    const texts = Array.from({ length: size }, (_, index) => `line ${next + index}`)
    const chunk = { jobId: job.id, attempt: 1, fence: job.fence, firstLine: next, lines: lines(...texts) }
    await appendLogChunk(database.db, chunk)
    next += size
  }
  for (let limit = 1; limit <= 12; limit++) {
    for (let after = 0; after <= 12; after++) {
      const page = await readLog(database.db, { jobId: job.id, attempt: 1, after, limit })
      const expected = Array.from({ length: 11 }, (_, index) => index + 1).filter((n) => n > after)
      expect(page.lines.map((line) => line.n)).toEqual(expected.slice(0, limit))
      expect(page.lines.every((line) => line.x === `line ${line.n}`)).toBe(true)
      expect(page.more).toBe(expected.length > limit)
    }
  }
})
