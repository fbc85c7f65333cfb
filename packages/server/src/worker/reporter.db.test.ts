import type { LogLine } from '@signalbox/engine/job/port.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { annotationsByRun, maxAnnotationsOfJob, summariesByRun } from '../db/annotations.ts'
import { readLog } from '../db/log-chunks.ts'
import { moveJob } from '../db/state.ts'
import { stepsByJobAttempt } from '../db/steps.ts'
import type { WorkerDeps } from './deps.ts'
import { createReporter, type StoringReporter } from './reporter.ts'

let database: TestDatabase
let job: Awaited<ReturnType<typeof seedClaimedJob>>['job']
let reporter: StoringReporter

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => await database.close())

beforeEach(async () => {
  const { project } = await seedProject(database.db)
  const seeded = await seedClaimedJob(database.db, project.id)
  job = seeded.job
  const deps = { db: database.db, clock: { now: () => new Date() }, log: pino({ level: 'silent' }) }
  // A reporter reaches for nothing else of a worker.
  reporter = createReporter(deps as unknown as WorkerDeps, job, { cost: 640_000 })
})

const line = (text: string): LogLine => ({ at: 1, stream: 'stdout', text })

async function stored(limit = 100_000) {
  return await readLog(database.db, { jobId: job.id, attempt: job.attempt, after: 0, limit })
}

test('steps beside each other are stored each with its own lines and its own end, a waiting one without a kind', async () => {
  const ended = { outcome: 'success', conclusion: 'success', outputs: {}, durationMs: 1 } as const
  await reporter.stepStarted({ number: 1, name: 'Serve', kind: 'run' })
  await reporter.stepStarted({ number: 2, name: 'Test', kind: 'run' })
  await reporter.log(1, [line('up')])
  await reporter.log(2, [line('tests')])
  await reporter.log(1, [line('asked')])
  await reporter.stepCompleted({ number: 2, name: 'Test', ...ended })
  await reporter.stepStarted({ number: 3, name: 'Wait for Serve' })
  await reporter.flush()
  const during = await stepsByJobAttempt(database.db, job.id, job.attempt)
  expect(during.map((step) => [step.number, step.status, step.kind])).toEqual([
    [1, 'in_progress', 'run'],
    [2, 'completed', 'run'],
    [3, 'in_progress', null],
  ])
  await reporter.stepCompleted({ number: 1, name: 'Serve', ...ended, conclusion: 'cancelled' })
  await reporter.stepCompleted({ number: 3, name: 'Wait for Serve', ...ended })
  await reporter.flush()
  const { lines } = await stored()
  expect(lines.map((l) => [l.s, l.x])).toEqual([
    [1, 'up'],
    [2, 'tests'],
    [1, 'asked'],
  ])
  const after = await stepsByJobAttempt(database.db, job.id, job.attempt)
  expect(after.map((step) => step.conclusion)).toEqual(['cancelled', 'success', 'success'])
})

test('a completed step has every line that it was given, in order and numbered without a gap', async () => {
  await reporter.stepStarted({ number: 1, name: 'Print', kind: 'run' })
  for (let batch = 0; batch < 50; batch++) {
    await reporter.log(
      1,
      Array.from({ length: 100 }, (_, i) => line(`${batch * 100 + i}`)),
    )
  }
  await reporter.stepCompleted({
    number: 1,
    name: 'Print',
    outcome: 'success',
    conclusion: 'success',
    outputs: { a: 'b' },
    durationMs: 1,
  })
  await reporter.flush()
  const { lines } = await stored()
  expect(lines.map((l) => l.n)).toEqual(Array.from({ length: 5000 }, (_, i) => i + 1))
  expect(lines.map((l) => l.x)).toEqual(Array.from({ length: 5000 }, (_, i) => `${i}`))
  const [step] = await stepsByJobAttempt(database.db, job.id, job.attempt)
  expect(step).toMatchObject({ kind: 'run', status: 'completed', conclusion: 'success', outputs: { a: 'b' } })
})

test('a log without end is cut, and says so once', async () => {
  const long = 'x'.repeat(60_000)
  for (let i = 0; i < 15; i++) await reporter.log(1, [line(long)])
  await reporter.log(1, [line('after the end')])
  await reporter.flush()
  const { lines } = await stored()
  expect(lines.at(-1)?.x).toMatch(/cut here/)
  expect(lines.filter((l) => l.x.includes('cut here'))).toHaveLength(1)
  expect(lines.reduce((sum, l) => sum + l.x.length, 0)).toBeLessThan(650_000)
})

test('a log of empty lines is cut, too', async () => {
  const lines = Array.from({ length: 200 }, () => line(''))
  for (let i = 0; i < 51; i++) await reporter.log(1, lines)
  await reporter.flush()
  const { lines: end } = await readLog(database.db, { jobId: job.id, attempt: 1, after: 9_990, limit: 100 })
  expect(end.map((l) => l.n)).toEqual(Array.from({ length: 11 }, (_, i) => 9_991 + i))
  expect(end.filter((l) => l.x.includes('cut here'))).toHaveLength(1)
  expect(end.at(-1)?.x).toMatch(/0\.64 million characters, where each line counts 64 more/)
})

test('whoever lost the job writes nothing more', async () => {
  await reporter.log(1, [line('mine')])
  await reporter.flush()
  const event = { type: 'claim', workerId: job.id } as const
  await moveJob(database.db, { id: job.id, fence: job.fence, event, now: new Date() })
  await reporter.log(1, [line('too late')])
  await expect(reporter.flush()).rejects.toMatchObject({ code: 'job-lost' })
  await expect(reporter.stepStarted({ number: 1, name: 'x' })).rejects.toMatchObject({ code: 'job-lost' })
  expect((await stored()).lines.map((l) => l.x)).toEqual(['mine'])
})

test('keeps what steps say beside their log, once, and as much as a run may show', async () => {
  const said = { level: 'error' as const, message: 'bad\0', file: 'a.ts', line: 3 }
  await reporter.annotation?.(2, said)
  await reporter.annotation?.(2, { level: 'notice', message: 'n' })
  await reporter.summary?.(2, '# One\n')
  await reporter.summary?.(2, 'two')
  await reporter.summary?.(2, 'two')
  await reporter.flush()
  const annotations = await annotationsByRun(database.db, job.run_id)
  expect(annotations).toMatchObject([
    { step: 2, level: 'error', message: 'bad\ufffd', file: 'a.ts', line: 3, col: null },
    { level: 'notice', title: null },
  ])
  expect(await summariesByRun(database.db, job.run_id, 7)).toMatchObject([{ step: 2, text: '# One\nt' }])
  for (let i = 0; i < maxAnnotationsOfJob + 10; i++) await reporter.annotation?.(3, said)
  await reporter.flush()
  const { rows } = await sql<{ n: number }>`select count(*) as n from annotations`.execute(database.db)
  expect(Number(rows[0]?.n)).toBe(maxAnnotationsOfJob)
})
