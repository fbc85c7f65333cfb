import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
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
  const facts = { files: 1, overwrite: false, retentionDays: 2, maxBytes: 100 }
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
  const data = await store.get('z')
  expect(data && (await text(data))).toBe('new')
  expect(await store.get('none')).toBeUndefined()
  expect(await count()).toBe(2)
  now = new Date(now.getTime() + 3 * 86_400_000)
  expect(await store.get('A b/ü')).toBeUndefined()
  expect(await deleteOldArtifacts(deps)).toBe(1)
  expect(await count()).toBe(1)
})
