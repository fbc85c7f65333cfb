import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendLogChunk } from '../db/log-chunks.ts'
import { createEventStream, type EventStream } from '../events/subscribe.ts'
import { createFakeBlobs } from '../storage/fake/create-fake-blobs.ts'
import { followLog } from './log-follower.ts'
import { type LogReads, shareLogReads } from './shared-log-reads.ts'

let database: TestDatabase
let stream: EventStream
let reads: LogReads
beforeEach(async () => {
  database = await testDatabase()
  stream = await createEventStream(database)
  reads = shareLogReads({ db: database.db, blobs: createFakeBlobs(), events: stream })
})
afterEach(async () => {
  reads.close()
  await stream.close()
  await database.close()
})

async function seedLog() {
  const { project } = await seedProject(database.db)
  const { job } = await seedClaimedJob(database.db, project.id)
  const write = (firstLine: number, text: string) =>
    appendLogChunk(database.db, {
      jobId: job.id,
      attempt: job.attempt,
      fence: job.fence,
      firstLine,
      lines: [{ s: 1, t: 0, c: 'o', x: text }],
    })
  return { job, write }
}

test('who asks for what is being read gets the same answer; news ends that', async () => {
  const { job, write } = await seedLog()
  let woken: () => void = () => {}
  const news = new Promise<void>((resolve) => {
    woken = resolve
  })
  const end = reads.watch(job.id, woken)
  const place = { jobId: job.id, attempt: job.attempt, after: 0, limit: 10 }
  const first = reads.lines(place)
  expect(reads.lines(place)).toBe(first)
  await first
  await write(1, 'a')
  await news
  expect((await reads.lines(place)).lines).toMatchObject([{ n: 1, x: 'a' }])
  end()
})

test('fifty followers each get every line once and in order, while lines are written', async () => {
  const { job, write } = await seedLog()
  const count = 60
  const seen = Array.from({ length: 50 }, () => [] as number[])
  const done = seen.map(
    (mine) =>
      new Promise<void>((resolve) => {
        const follower = followLog(
          reads,
          { job: job.id, attempt: undefined, after: 0 },
          async (message) => {
            if (message.type !== 'log') return
            mine.push(...message.lines.map((line) => line.n))
            if (mine.length < count) return
            follower.stop()
            resolve()
          },
          () => {},
        )
      }),
  )
  for (let n = 1; n <= count; n += 1) await write(n, `line ${n}`)
  await Promise.all(done)
  const all = Array.from({ length: count }, (_, index) => index + 1)
  for (const mine of seen) expect(mine).toEqual(all)
})
