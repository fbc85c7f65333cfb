import { newId } from '@signalbox/core/base/ids.ts'
import type { LiveEvent } from '@signalbox/core/contract/views/live.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { appendLogChunk } from '../db/log-chunks.ts'
import { appendEvent } from './append.ts'
import { readEvents } from './read.ts'
import { createEventStream, type EventStream } from './subscribe.ts'

let database: TestDatabase
let stream: EventStream
beforeEach(async () => {
  database = await testDatabase()
  stream = await createEventStream(database)
})
afterEach(async () => {
  await stream.close()
  await database.close()
})

function append(type: string): Promise<number> {
  return database.db.transaction().execute((tx) => appendEvent(tx, { type }))
}

/** Waits for a state; nothing here waits for a time. */
function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 15_000, interval: 5 })
}

test('a reader never passes over an event whose transaction commits later', async () => {
  let commit: () => void = () => {}
  const mayCommit = new Promise<void>((resolve) => {
    commit = resolve
  })
  let low = 0
  let inserted: () => void = () => {}
  const isInserted = new Promise<void>((resolve) => {
    inserted = resolve
  })
  const slow = database.db.transaction().execute(async (tx) => {
    low = await appendEvent(tx, { type: 'slow' })
    inserted()
    await mayCommit
  })
  await isInserted
  const high = await append('fast')
  expect(high).toBeGreaterThan(low)

  const early = await readEvents(database.db, 0, 100)
  expect(early.events).toEqual([])
  expect(early.caughtUp).toBe(false)
  expect(await stream.latestCursor()).toBeLessThan(low)
  const seen: string[] = []
  stream.subscribe({ after: 0, onEvents: (events) => seen.push(...events.map((event) => event.type)) })

  commit()
  await slow
  await eventually(() => expect(seen).toEqual(['slow', 'fast']))
  expect(await stream.latestCursor()).toBe(high)
})

test('of 20 writers at once a reader by cursor and followers miss none and get each once, in order', async () => {
  const each = 40
  const live: LiveEvent[] = []
  stream.subscribe({ onEvents: (events) => live.push(...events) })
  const fromStart: LiveEvent[] = []
  const byCursor: number[] = []
  let done = false
  async function reader(): Promise<void> {
    let cursor = 0
    for (;;) {
      const last = done
      const batch = await readEvents(database.db, cursor, 7)
      byCursor.push(...batch.events.map((event) => event.id))
      cursor = batch.cursor
      if (last && batch.caughtUp) return
    }
  }
  const reading = reader()
  const ids: number[] = []
  await Promise.all(
    Array.from({ length: 20 }, async (_, writer) => {
      for (let index = 0; index < each; index++) {
        if (writer === 7 && index === each / 2) {
          stream.subscribe({ after: 0, onEvents: (events) => fromStart.push(...events) })
        }
        await database.db
          .transaction()
          .execute(async (tx) => {
            const id = await appendEvent(tx, { type: 'written', data: { writer, index } })
            // Ids are given in one order and committed in another; some never are.
            await sql`select pg_sleep(${((writer * 7 + index * 3) % 5) / 1000})`.execute(tx)
            if ((writer + index) % 11 === 0) throw new Error('rolled back')
            return id
          })
          .then(
            (id) => ids.push(id),
            () => {},
          )
      }
    }),
  )
  done = true
  await reading
  ids.sort((a, b) => a - b)
  expect(byCursor).toEqual(ids)
  await eventually(() => expect(live).toHaveLength(ids.length))
  await eventually(() => expect(fromStart).toHaveLength(ids.length))
  expect(live.map((event) => event.id)).toEqual(ids)
  expect(fromStart.map((event) => event.id)).toEqual(ids)
})

test('nothing is lost while the listening connection is away', async () => {
  const seen: string[] = []
  stream.subscribe({ onEvents: (events) => seen.push(...events.map((event) => event.type)) })
  await append('before')
  await eventually(() => expect(seen).toEqual(['before']))
  const end = await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'signalbox events'`.execute(database.db)
  expect(end.rows).toHaveLength(1)
  await append('while away')
  await eventually(() => expect(seen).toEqual(['before', 'while away']))
  await append('after')
  await eventually(() => expect(seen).toEqual(['before', 'while away', 'after']))
})

test('an event of a transaction that rolled back is nobody’s, and holds nobody up', async () => {
  const broken = database.db.transaction().execute(async (tx) => {
    await appendEvent(tx, { type: 'never' })
    throw new Error('rolled back')
  })
  await expect(broken).rejects.toThrow('rolled back')
  const seen: string[] = []
  stream.subscribe({ after: 0, onEvents: (events) => seen.push(...events.map((event) => event.type)) })
  await append('there')
  await eventually(() => expect(seen).toEqual(['there']))
})

test('a follower that throws does no harm to another, and one that left hears no more', async () => {
  const seen: string[] = []
  const left: string[] = []
  stream.subscribe({
    onEvents: () => {
      throw new Error('broken follower')
    },
  })
  const leave = stream.subscribe({ onEvents: (events) => left.push(...events.map((event) => event.type)) })
  stream.subscribe({ onEvents: (events) => seen.push(...events.map((event) => event.type)) })
  await append('one')
  await eventually(() => expect(left).toEqual(['one']))
  leave()
  await append('two')
  await eventually(() => expect(seen).toEqual(['one', 'two']))
  expect(left).toEqual(['one'])
})

test('a log chunk wakes the viewers of its job only', async () => {
  const { project } = await seedProject(database.db)
  const { job } = await seedClaimedJob(database.db, project.id)
  let woken = 0
  let others = 0
  const stop = stream.onLog(job.id, () => woken++)
  stream.onLog(newId(), () => others++)
  const chunk = { jobId: job.id, attempt: 1, fence: job.fence }
  const lines = [{ s: 1, t: 0, c: 'o' as const, x: 'hello' }]
  await appendLogChunk(database.db, { ...chunk, firstLine: 1, lines })
  await eventually(() => expect(woken).toBe(1))
  stop()
  const second: string[] = []
  stream.onLog(job.id, () => second.push('woken'))
  await appendLogChunk(database.db, { ...chunk, firstLine: 2, lines })
  await eventually(() => expect(second).toEqual(['woken']))
  expect(woken).toBe(1)
  expect(others).toBe(0)
})
