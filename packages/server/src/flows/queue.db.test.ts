import { setImmediate } from 'node:timers/promises'
import { newId } from '@signalbox/core/base/ids.ts'
import { until } from '@signalbox/testing/platform.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createQueue, type Queue } from './queue.ts'

let database: TestDatabase
let queue: Queue
beforeAll(async () => {
  database = await testDatabase()
  queue = await createQueue({
    connectionString: database.connectionString,
    log: pino({ level: 'silent' }),
  })
})
afterAll(async () => {
  await queue?.stop(1000)
  await database.close()
})

test('both queues of jobs share the slots, and every job comes', async () => {
  const names = ['job', 'job-beside-server'] as const
  const sent = Array.from({ length: 12 }, () => newId())
  for (const [index, jobId] of sent.entries()) {
    await queue.send(database.db, names[index % 2] ?? 'job', { jobId })
  }
  const open = new Map<string, () => void>()
  const done: string[] = []
  let most = 0
  const work = async ({ jobId }: { jobId: string }) => {
    await new Promise<void>((resolve) => {
      open.set(jobId, resolve)
      most = Math.max(most, open.size)
    })
    open.delete(jobId)
    done.push(jobId)
  }
  for (const name of names) await queue.work(name, { concurrency: 2 }, work)
  while (done.length < sent.length) {
    const before = done.length
    // Both slots are taken, or what is left is fewer.
    await until(async () => open.size >= Math.min(2, sent.length - before), 20_000)
    for (const end of [...open.values()]) end()
    await until(async () => done.length > before, 20_000)
    await setImmediate()
  }
  expect(most).toBe(2)
  expect(done.sort()).toEqual(sent.sort())
}, 90_000)
