import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listCaches, sumCaches } from '../../db/caches.ts'
import { sweepArtifacts } from '../../flows/runs/sweep-artifacts.ts'
import { createFakeBlobs } from '../../storage/fake/create-fake-blobs.ts'
import { type CacheScopes, cacheScopesOf } from './cache-scopes.ts'
import { runCaches } from './run-caches.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => await database.close())

async function scene(limits = { maxBytes: 1000, unusedDays: 7 }) {
  const { project } = await seedProject(database.db)
  const { run } = await seedClaimedJob(database.db, project.id)
  const blobs = createFakeBlobs()
  const clock = { at: Date.now(), now: () => new Date(clock.at) }
  const deps = { db: database.db, blobs, clock }
  const store = (scopes: CacheScopes, projectId = project.id) =>
    runCaches(deps, { id: run.id, projectId, scopes, limits })
  const put = async (scopes: CacheScopes, key: string, content: string, version = 'v') => {
    clock.at += 1000
    return await store(scopes).put({ key, version }, Readable.from([Buffer.from(content)]), { maxBytes: 900 })
  }
  const find = async (scopes: CacheScopes, keys: string[], version = 'v') => {
    clock.at += 1000
    const found = await store(scopes).find(keys, version)
    const got = found && (await store(scopes).get(found.id))
    return got && `${got.cache.key}=${await text(got.data)}`
  }
  return { project, run, deps, blobs, clock, store, put, find }
}

const run = { id: 'r', change_id: null, trusted: true, ref: 'refs/heads/main', event_name: 'push' }
const branches = { base: undefined, default: 'main' }
const main = cacheScopesOf(run, branches)
const topic = cacheScopesOf({ ...run, ref: 'refs/heads/topic' }, branches)
const change = cacheScopesOf(
  { ...run, ref: 'refs/pull/3/merge', change_id: 'c', event_name: 'pull_request' },
  { base: 'release', default: 'main' },
)

test('who reads what: a branch its own and the default one, a change its base, nobody a stranger', async () => {
  const { put, find } = await scene()
  await put(main, 'deps-1', 'main')
  await put(topic, 'deps-2', 'topic')
  await put(change, 'deps-3', 'change')
  // Newer ones of another scope are not seen; the own scope comes before the default branch.
  expect(await find(main, ['deps-9', 'deps-'])).toBe('deps-1=main')
  expect(await find(topic, ['deps-9', 'deps-'])).toBe('deps-2=topic')
  expect(await find(topic, ['deps-1'])).toBe('deps-1=main')
  expect(await find(change, ['deps-1', 'deps-'])).toBe('deps-3=change')
  expect(await find(change, ['deps-2'])).toBeUndefined()
  expect(await find(main, ['deps-1'], 'other version')).toBeUndefined()
  expect(change.read).toEqual(['change/c', 'refs/heads/release', 'refs/heads/main'])
})

test('a run that nobody trusted, and one for what a stranger did, never save what the default branch reads', async () => {
  const { store, project } = await scene()
  const stranger = cacheScopesOf({ ...run, trusted: false }, branches)
  expect(main.read).not.toContain(stranger.write)
  for (const event_name of ['pull_request_target', 'issue_comment', 'workflow_run']) {
    const readOnly = cacheScopesOf({ ...run, event_name }, branches)
    expect(readOnly.read).toContain('refs/heads/main')
    await expect(store(readOnly).has({ key: 'a', version: 'v' })).rejects.toMatchObject({
      code: 'cache-refused',
      message: expect.stringMatching(/^cache write denied:/),
    })
  }
  expect(await sumCaches(database.db, project.id)).toEqual({ count: 0, bytes: 0 })
})

test('a second cache of a key is refused, one of another project is not seen, and blobs go with their rows', async () => {
  const { put, store, blobs, deps } = await scene()
  const kept = await put(main, 'a', 'one')
  await expect(put(main, 'a', 'two')).rejects.toMatchObject({ code: 'cache-exists' })
  expect(blobs.keys()).toHaveLength(1)
  const { project: other } = await seedProject(database.db)
  expect(await store(main, other.id).get(kept.id)).toBeUndefined()
  expect(await store(main, other.id).find(['a'], 'v')).toBeUndefined()
  expect(await store(topic).get(kept.id)).toBeDefined()
  expect(await store({ write: 'x', read: ['x'] }).get(kept.id)).toBeUndefined()
  await blobs.put('caches/gone/a', Readable.from([Buffer.from('x')]))
  expect(await sweepArtifacts(deps, new Date(Date.now() + 60_000))).toBe(1)
  expect(blobs.keys()).toHaveLength(1)
})

test('the least recently used go first, and what nobody used for days', async () => {
  const { put, find, project, blobs, clock } = await scene({ maxBytes: 10, unusedDays: 7 })
  await put(main, 'a', 'aaaa')
  await put(main, 'b', 'bbbb')
  await find(main, ['a'])
  await put(main, 'c', 'cccc')
  const keys = async () =>
    (await listCaches(database.db, { projectId: project.id, limit: 9 })).map((row) => row.key)
  expect(await keys()).toEqual(['c', 'a'])
  clock.at += 8 * 86_400_000
  await put(main, 'd', 'd')
  expect(await keys()).toEqual(['d'])
  expect(blobs.keys()).toHaveLength(1)
})
