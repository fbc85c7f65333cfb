import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appendLogChunk } from '../db/log-chunks.ts'
import { createFakeBlobs } from '../storage/fake/create-fake-blobs.ts'
import { createFolderBlobs } from '../storage/folder/create-folder-blobs.ts'
import type { Blobs } from '../storage/port.ts'
import { readJobLog, readLastLines } from './read-job-log.ts'
import { storeJobLog, sweepLogs } from './store-job-log.ts'

let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'job-log-'))
})
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

const text = (n: number) => `line ${n} *** ${(n * 7919) % 10_007}`

/** A job with lines in chunks of uneven sizes, of steps 1 to 3; completed unless it is said to go on. */
async function jobWithLog(count: number, ends = true) {
  const { project } = await seedProject(database.db)
  const { job } = await seedClaimedJob(database.db, project.id)
  for (let firstLine = 1, size = 1; firstLine <= count; firstLine += size, size = (size * 5) % 701) {
    const lines = Array.from({ length: Math.min(size, count - firstLine + 1) }, (_, index) => ({
      s: 1 + ((firstLine + index) % 3),
      t: firstLine,
      c: 'o' as const,
      x: text(firstLine + index),
    }))
    await appendLogChunk(database.db, { jobId: job.id, attempt: 1, fence: job.fence, firstLine, lines })
  }
  if (ends) {
    const ended = { status: 'completed' as const, conclusion: 'success' as const, completed_at: new Date() }
    await database.db.updateTable('jobs').set(ended).where('id', '=', job.id).execute()
  }
  return { jobId: job.id, attempt: 1 }
}

async function rowsOf(jobId: string) {
  const count = (table: 'log_chunks' | 'log_blobs') =>
    database.db.selectFrom(table).selectAll().where('job_id', '=', jobId).execute()
  return { chunks: (await count('log_chunks')).length, blobs: (await count('log_blobs')).length }
}

test('pages and last lines are the same out of rows and out of the blob', async () => {
  const blobs = await createFolderBlobs({ folder: join(folder, 'same') })
  const log = await jobWithLog(4500)
  const deps = { db: database.db, blobs }
  const places = [0, 1, 1998, 1999, 2000, 2001, 3999, 4000, 4499, 4500, 9000].flatMap((after) =>
    [1, 2, 2000, 4499, 5000].map((limit) => ({ ...log, after, limit })),
  )
  const read = async () => ({
    pages: await Promise.all(places.map((place) => readJobLog(deps, place))),
    last: await readLastLines(deps, { ...log, step: 2, limit: 1000 }),
    all: await readLastLines(deps, { ...log, step: 3, limit: 5000 }),
  })
  const before = await read()
  expect(before.last).toHaveLength(1000)
  expect(await storeJobLog(deps, log)).toBe(true)
  expect(await rowsOf(log.jobId)).toEqual({ chunks: 0, blobs: 1 })
  expect(await read()).toEqual(before)
})

test('a page is one read of the bytes that it needs', async () => {
  const blobs = createFakeBlobs()
  const log = await jobWithLog(8100)
  await storeJobLog({ db: database.db, blobs }, log)
  const ranges: { start: number; end?: number }[] = []
  const watched: Pick<Blobs, 'get'> = {
    get(key, range) {
      if (range) ranges.push(range)
      return blobs.get(key, range)
    },
  }
  const page = await readJobLog({ db: database.db, blobs: watched }, { ...log, after: 4100, limit: 500 })
  expect(page.lines.map((line) => line.x)).toEqual(Array.from({ length: 500 }, (_, i) => text(4101 + i)))
  const [key = ''] = blobs.keys()
  const whole = (await blobs.stat(key))?.sizeBytes ?? 0
  expect(ranges).toHaveLength(1)
  expect((ranges[0]?.end ?? 0) - (ranges[0]?.start ?? 0)).toBeLessThan(whole / 3)
})

test('two at once move it once, and again is nothing', async () => {
  const deps = { db: database.db, blobs: createFakeBlobs() }
  const log = await jobWithLog(300)
  const done = await Promise.all([storeJobLog(deps, log), storeJobLog(deps, log), storeJobLog(deps, log)])
  expect(done.filter(Boolean)).toHaveLength(1)
  expect(deps.blobs.keys()).toHaveLength(1)
  expect(await rowsOf(log.jobId)).toEqual({ chunks: 0, blobs: 1 })
  expect(await storeJobLog(deps, log)).toBe(false)
  expect((await readJobLog(deps, { ...log, after: 0, limit: 1000 })).lines).toHaveLength(300)
})

test('a crash at each step loses no line, doubles none, and leaves one blob', async () => {
  const crash = new Failure('storage-lost', 'The process is gone.')
  for (const method of ['put', 'stat'] as const) {
    const deps = { db: database.db, blobs: createFakeBlobs() }
    const log = await jobWithLog(50)
    // `put`: before the blob stands. `stat`: it stands, the transaction with the row is broken off.
    deps.blobs.failNext(method, crash)
    await expect(storeJobLog(deps, log)).rejects.toBe(crash)
    expect(deps.blobs.keys()).toHaveLength(method === 'put' ? 0 : 1)
    expect((await rowsOf(log.jobId)).blobs).toBe(0)
    expect((await readJobLog(deps, { ...log, after: 0, limit: 100 })).lines).toHaveLength(50)
    expect(await storeJobLog(deps, log)).toBe(true)
    expect(deps.blobs.keys()).toHaveLength(1)
    const page = await readJobLog(deps, { ...log, after: 0, limit: 100 })
    expect(page.lines.map((line) => line.n)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
    expect(page.more).toBe(false)
  }
})

test('the log of a job under way stays, and so does one whose blob is swept away in between', async () => {
  const deps = { db: database.db, blobs: createFakeBlobs() }
  const open = await jobWithLog(5, false)
  expect(await storeJobLog(deps, open)).toBe(false)
  const log = await jobWithLog(5)
  const forgetful: Blobs = {
    ...deps.blobs,
    put: async (key, data) => {
      const info = await deps.blobs.put(key, data)
      await deps.blobs.delete(key)
      return info
    },
  }
  expect(await storeJobLog({ ...deps, blobs: forgetful }, log)).toBe(false)
  for (const { jobId } of [open, log]) expect((await rowsOf(jobId)).blobs).toBe(0)
  expect((await readJobLog(deps, { ...log, after: 0, limit: 10 })).lines).toHaveLength(5)
})

test('a blob that is gone or damaged is told, and is not an empty log', async () => {
  const place = join(folder, 'damaged')
  const deps = { db: database.db, blobs: await createFolderBlobs({ folder: place }) }
  const log = await jobWithLog(100)
  await storeJobLog(deps, log)
  const names = await readdir(place, { recursive: true, withFileTypes: true })
  const file = names.find((entry) => entry.isFile())
  const path = join(file?.parentPath ?? '', file?.name ?? '')
  const bytes = await readFile(path)
  bytes[20] = (bytes[20] ?? 0) ^ 0xff
  await writeFile(path, bytes)
  const read = () => readJobLog(deps, { ...log, after: 0, limit: 10 })
  await expect(read()).rejects.toMatchObject({ code: 'storage-damaged' })
  await rm(path)
  await expect(read()).rejects.toMatchObject({ code: 'storage-damaged' })
  const last = readLastLines(deps, { ...log, step: 1, limit: 10 })
  await expect(last).rejects.toMatchObject({ code: 'storage-damaged' })
})

test('a sweep takes old blobs that no row names, and no others', async () => {
  const deps = { db: database.db, blobs: createFakeBlobs() }
  const kept = await jobWithLog(5)
  await storeJobLog(deps, kept)
  const gone = await jobWithLog(5)
  await storeJobLog(deps, gone)
  await database.db.deleteFrom('log_blobs').where('job_id', '=', gone.jobId).execute()
  expect(await sweepLogs(deps, new Date(0))).toBe(0)
  expect(await sweepLogs(deps, new Date(Date.now() + 1000))).toBe(1)
  expect(deps.blobs.keys()).toEqual([expect.stringContaining(kept.jobId)])
})
