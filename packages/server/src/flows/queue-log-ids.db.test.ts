import { newId } from '@signalbox/core/base/ids.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LogIds, logIds, withLogIds } from '../log/context.ts'
import { createQueue, type Queue } from './queue.ts'

let database: TestDatabase
const queues: Queue[] = []
beforeAll(async () => {
  database = await testDatabase()
  // Two processes: one that sends, one that works.
  for (let index = 0; index < 2; index++) {
    const { connectionString } = database
    queues.push(await createQueue({ connectionString, log: pino({ level: 'silent' }), max: 2 }))
  }
})
afterAll(async () => {
  for (const queue of queues) await queue.stop(1000)
  await database.close()
})

test('the id of a request follows its work from process to process, and nothing else does', async () => {
  const [server, worker] = queues
  if (!server || !worker) throw new Error('no queue was made')
  const { db } = database
  const runs = new Map<string, LogIds>()
  const jobs: { payload: object; ids: LogIds }[] = []
  await server.work('advance-run', { concurrency: 1 }, async ({ runId }) => {
    runs.set(runId, { ...logIds() })
    await server.send(db, 'job', { jobId: runId })
  })
  await worker.work('job', { concurrency: 2 }, async (payload) => {
    await Promise.resolve()
    jobs.push({ payload, ids: { ...logIds() } })
  })
  const [asked, alone] = [newId(), newId()]
  await withLogIds({ requestId: 'request-1', changeId: 'not taken along' }, () =>
    server.send(db, 'advance-run', { runId: asked }),
  )
  await server.send(db, 'advance-run', { runId: alone })
  await expect.poll(() => jobs.length, { timeout: 20_000 }).toBe(2)
  expect(runs.get(asked)).toEqual({ requestId: 'request-1' })
  expect(runs.get(alone)?.requestId).toBeUndefined()
  const of = (id: string) => jobs.find(({ payload }) => 'jobId' in payload && payload.jobId === id)
  // The handler is given what was sent, without the id for the log.
  expect(of(asked)).toEqual({ payload: { jobId: asked }, ids: { requestId: 'request-1' } })
  expect(of(alone)?.payload).toEqual({ jobId: alone })
  expect(of(alone)?.ids.requestId).toBeUndefined()
})
