import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sweepArtifacts } from '../../flows/runs/sweep-artifacts.ts'
import { createFakeBlobs } from '../../storage/fake/create-fake-blobs.ts'
import { deleteOldArtifacts, runArtifacts } from './artifacts.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => await database.close())

test('artifacts are kept once under their name, replaced on demand, and deleted when their days are over', async () => {
  const { project } = await seedProject(database.db)
  const { run } = await seedClaimedJob(database.db, project.id)
  let now = new Date()
  const blobs = createFakeBlobs()
  const deps = { db: database.db, blobs, clock: { now: () => now } }
  const store = runArtifacts(deps, run)
  const count = async () => {
    let found = 0
    for await (const _ of blobs.list('')) found++
    return found
  }
  const facts = { files: 1, mediaType: 'application/gzip', overwrite: false, retentionDays: 2, maxBytes: 100 }
  const put = (name: string, content: string, more = {}) =>
    store.put(name, Readable.from([Buffer.from(content)]), { ...facts, ...more })
  await put('A b/ü', 'one')
  await put('z', 'other', { retentionDays: 5 })
  await expect(put('z', 'x')).rejects.toMatchObject({ code: 'artifact-exists' })
  await expect(put('big', 'x'.repeat(101))).rejects.toMatchObject({ code: 'blob-too-large' })
  await put('z', 'new', { overwrite: true, retentionDays: 5 })
  expect((await store.list()).map((one) => [one.name, one.sizeBytes])).toEqual([
    ['A b/ü', 3],
    ['z', 3],
  ])
  const kept = await store.get('z')
  expect(kept && (await text(kept.data))).toBe('new')
  expect(await store.get('none')).toBeUndefined()
  expect(await count()).toBe(2)
  now = new Date(now.getTime() + 3 * 86_400_000)
  expect(await store.get('A b/ü')).toBeUndefined()
  expect(await deleteOldArtifacts(deps)).toBe(1)
  expect(await count()).toBe(1)
})

test('jobs of one run that store at the same time do not pass its limit together', async () => {
  const { project } = await seedProject(database.db)
  const { run } = await seedClaimedJob(database.db, project.id)
  const blobs = createFakeBlobs()
  const deps = { db: database.db, blobs, clock: { now: () => new Date() } }
  const store = runArtifacts(deps, run, { maxRunBytes: 100 })
  const facts = { files: 1, mediaType: 'application/gzip', overwrite: false, retentionDays: 2, maxBytes: 100 }
  const put = (name: string, size: number, more = {}) =>
    store.put(name, Readable.from([Buffer.alloc(size)]), { ...facts, ...more })
  const legs = await Promise.allSettled(Array.from({ length: 8 }, (_, leg) => put(`leg-${leg}`, 30)))
  expect(legs.filter((leg) => leg.status === 'fulfilled')).toHaveLength(3)
  for (const leg of legs) {
    if (leg.status === 'rejected') expect(leg.reason).toMatchObject({ code: 'blob-too-large' })
  }
  // What did not fit leaves nothing behind, and what replaces another one counts instead of it.
  expect(blobs.keys()).toHaveLength(3)
  const [kept] = await store.list()
  await put(kept?.name ?? '', 40, { overwrite: true })
  await expect(put(kept?.name ?? '', 41, { overwrite: true })).rejects.toMatchObject({
    code: 'blob-too-large',
  })
  expect(blobs.keys()).toHaveLength(3)
})

test('blobs that no row names are swept: of crashed uploads and of deleted projects', async () => {
  const { project } = await seedProject(database.db)
  const { project: gone } = await seedProject(database.db)
  const blobs = createFakeBlobs()
  const deps = { db: database.db, blobs, clock: { now: () => new Date() } }
  const facts = { files: 1, mediaType: 'application/gzip', overwrite: false, retentionDays: 2, maxBytes: 100 }
  const keep = async (projectId: string) => {
    const { run } = await seedClaimedJob(database.db, projectId)
    await runArtifacts(deps, run).put('a', Readable.from([Buffer.from('x')]), facts)
  }
  await keep(project.id)
  const [kept] = blobs.keys()
  await keep(gone.id)
  await database.db.deleteFrom('projects').where('id', '=', gone.id).execute()
  await blobs.put('artifacts/crashed/a', Readable.from([Buffer.from('x')]))
  await blobs.put('logs/other', Readable.from([Buffer.from('x')]))
  expect(await sweepArtifacts(deps, new Date(Date.now() - 60_000))).toBe(0)
  expect(await sweepArtifacts(deps, new Date(Date.now() + 60_000))).toBe(2)
  expect(blobs.keys()).toEqual([kept, 'logs/other'])
})
