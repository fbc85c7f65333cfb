import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import { createFakeProvider } from '@signalbox/engine/sandbox/fake.ts'
import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readConfig } from '../../config.ts'
import {
  findInstalls,
  insertSnapshot,
  leaseSnapshot,
  type NewSnapshot,
  releaseDeadLeases,
  releaseLeases,
  removeSnapshot,
  snapshotsOfStore,
} from '../../db/snapshots.ts'
import { markWorkerStopped, upsertWorker } from '../../db/workers.ts'
import type { WorkerDeps } from '../deps.ts'
import { evictSnapshots } from './evict.ts'
import { takeInstall } from './restore-install.ts'
import { storeId } from './store-id.ts'

const dayMs = 24 * 3_600_000
let database: TestDatabase
let dataDir: string
let store: string
let projectId: string
const workerId = newId()
const now = new Date()

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => await database.close())
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'snapshots-'))
  store = await storeId(dataDir)
  projectId = (await seedProject(database.db)).project.id
  const worker = { id: workerId, name: 'here', pid: 1, slots: 1, sandbox: [] }
  await upsertWorker(database.db, { ...worker, now })
  return async () => await rm(dataDir, { recursive: true, force: true })
})

async function keep(more: Partial<NewSnapshot> & { daysOld?: number } = {}) {
  const id = newId()
  const { daysOld = 0, ...rest } = more
  const layer = rest.layer ?? `${rest.kind ?? 'install'}-${id}`
  await mkdir(join(dataDir, 'layers', layer), { recursive: true })
  const row = await insertSnapshot(database.db, {
    id,
    store,
    projectId,
    changeId: null,
    kind: 'install',
    key: id,
    state: 'ready',
    layer,
    paths: ['node_modules'],
    sizeBytes: 400,
    command: 'npm ci',
    now: new Date(now.getTime() - daysOld * dayMs),
    ...rest,
  })
  if (!row) throw new Error('not stored')
  return row
}

function deps(maxBytes: number): WorkerDeps {
  const provider: Pick<WorkerDeps['provider'], 'deleteSnapshot'> = {
    deleteSnapshot: async (key) => await rm(join(dataDir, 'layers', key), { recursive: true, force: true }),
  }
  const config = { ...readConfig({}), dataDir }
  const limits = { maxBytes, days: 14, failedHours: 24 }
  const parts = { provider, db: database.db, workerId, config: { ...config, snapshots: limits } }
  // Only what an eviction reaches for is here.
  return { ...parts, clock: { now: () => now }, log: pino({ level: 'silent' }) } as unknown as WorkerDeps
}

const layers = async () => (await readdir(join(dataDir, 'layers'))).sort()
const lease = (id: string, holder: string) => leaseSnapshot(database.db, { id, holder, workerId, now })

test('a run finds what is shared and what its own change made, and a trusted one only what is shared', async () => {
  const key = 'k'.repeat(64)
  const { change } = await changeOf()
  const other = (await changeOf()).change
  const poisoned = await keep({ key, changeId: change })
  expect(await found(key, change)).toEqual([poisoned.id])
  expect(await found(key, other)).toEqual([])
  expect(await found(key, null)).toEqual([])
  const shared = await keep({ key })
  expect(await found(key, change)).toEqual([shared.id, poisoned.id])
  expect(await found(key, other)).toEqual([shared.id])
  expect(await found(key, null)).toEqual([shared.id])
  // Another project never finds it.
  const elsewhere = (await seedProject(database.db)).project.id
  expect(await findInstalls(database.db, { store, projectId: elsewhere, key, changeId: null })).toEqual([])
})

async function found(key: string, changeId: string | null): Promise<string[]> {
  return (await findInstalls(database.db, { store, projectId, key, changeId })).map(({ id }) => id)
}

async function changeOf(): Promise<{ change: string }> {
  const id = newId()
  const { next } = await database.db
    .selectFrom('changes')
    .select((is) => is.fn.countAll<number>().as('next'))
    .executeTakeFirstOrThrow()
  await database.db
    .insertInto('changes')
    .values({ id, project_id: projectId, number: Number(next) + 1, title: 't', goal: 'g', status: 'working' })
    .execute()
  return { change: id }
}

test('two jobs with one key keep one snapshot', async () => {
  const first = await keep({ key: 'same' })
  const again = { ...first, layer: 'install-other' }
  const stored = await insertSnapshot(database.db, {
    id: newId(),
    store,
    projectId,
    changeId: null,
    kind: 'install',
    key: 'same',
    state: 'ready',
    layer: again.layer,
    paths: [],
    sizeBytes: 1,
    command: '',
    now,
  })
  expect(stored).toBeUndefined()
})

test('what is too old goes, then the least recently used until the rest fits, but nothing in use', async () => {
  const old = await keep({ daysOld: 15 })
  const state = await keep({ kind: 'failed', daysOld: 2 })
  const used = await keep({ daysOld: 9 })
  const idle = await keep({ daysOld: 5 })
  const young = await keep({ daysOld: 1 })
  await lease(used.id, 'job-1')
  // The lease counts as a use: now `idle` was unused for longest.
  const deleted = await evictSnapshots(deps(1000))
  expect(deleted.sort()).toEqual([old.layer, state.layer, idle.layer].sort())
  expect(await layers()).toEqual([used.layer, young.layer].sort())

  expect(await evictSnapshots(deps(0))).toEqual([young.layer])
  await releaseLeases(database.db, 'job-1')
  expect(await evictSnapshots(deps(0))).toEqual([used.layer])
})

test('an install stays while a kept state stands on it, and goes after it', async () => {
  const base = await keep({ daysOld: 3 })
  const state = await keep({ kind: 'failed', baseId: base.id })
  expect(await removeSnapshot(database.db, base.id)).toBe('in-use')
  expect(await evictSnapshots(deps(500))).toEqual([state.layer])
  expect(await removeSnapshot(database.db, base.id)).toBe('removed')
  expect(await removeSnapshot(database.db, base.id)).toBe('absent')
})

test('a worker that died holds nothing', async () => {
  const row = await keep()
  await lease(row.id, 'job-2')
  expect(await evictSnapshots(deps(0))).toEqual([])
  await markWorkerStopped(database.db, { id: workerId, now })
  expect(await releaseDeadLeases(database.db)).toBe(1)
  expect(await evictSnapshots(deps(0))).toEqual([row.layer])
})

test('a layer whose maker died before its row was stored is deleted, one that is being made is not', async () => {
  const made = join(dataDir, 'layers', 'install-lost')
  await mkdir(made, { recursive: true })
  await mkdir(join(dataDir, 'layers', 'release-1'), { recursive: true })
  await utimes(made, now, now)
  expect(await evictSnapshots(deps(1e9))).toEqual([])
  const later = { ...deps(1e9), clock: { now: () => new Date(now.getTime() + 11 * 60_000 + 60_000) } }
  expect(await evictSnapshots(later)).toEqual(['install-lost'])
  expect(await layers()).toEqual(['release-1'])
})

test('a lease and an eviction at once: either the job has it, or it is gone for both', async () => {
  for (let round = 0; round < 20; round++) {
    const row = await keep()
    const [leased, removal] = await Promise.all([
      lease(row.id, `job-${row.id}`),
      removeSnapshot(database.db, row.id),
    ])
    expect([leased, removal]).toEqual(leased ? [true, 'in-use'] : [false, 'removed'])
    const rows = await snapshotsOfStore(database.db, store)
    expect(rows.some(({ id }) => id === row.id)).toBe(leased)
  }
})

test('a row whose layer is gone is a miss, and makes room for the next one', async () => {
  const provider = createFakeProvider()
  const taking = { ...deps(1), provider }
  const key = { store, projectId, key: 'lost', changeId: null }
  const lost = await keep({ key: 'lost' })
  const above = await keep({ kind: 'failed', baseId: lost.id })
  // Another job met it at the same time.
  await lease(lost.id, newId())
  expect(await takeInstall(taking, key, { id: newId() })).toBeUndefined()
  const left = (await snapshotsOfStore(database.db, store)).map(({ id }) => id)
  expect(left).not.toContain(lost.id)
  expect(left).not.toContain(above.id)
  expect((await keep({ key: 'lost' })).key).toBe('lost')
})
