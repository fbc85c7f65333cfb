import { newId } from '@signalbox/core/base/ids.ts'
import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listChanges } from './changes.ts'
import { connectDatabase } from './connect.ts'
import { insertDeployment } from './deployments.ts'
import { setLive } from './environments.ts'
import { cardFacts, summaryFacts } from './project-cards.ts'
import { findProject, takeNumber, updateProject } from './projects.ts'
import { insertPullRequest, setMergeCommit, setMerged, updateHead } from './pull-requests.ts'
import { consumeLoginToken, insertLoginToken } from './tokens.ts'
import { ensureOwner } from './users.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

test('a lost connection is a retryable failure, and the next statement has a new one', async () => {
  const warnings: string[] = []
  const connection = connectDatabase({
    connectionString: database.connectionString,
    applicationName: 'to be lost',
    log: { info: () => {}, warn: (message) => warnings.push(message) },
  })
  try {
    await sql`select 1`.execute(connection.db)
    const killed = sql`select pg_terminate_backend(pg_backend_pid())`.execute(connection.db)
    await expect(killed).rejects.toMatchObject({ code: 'database-lost', retryable: true })
    const inTransaction = connection.db
      .transaction()
      .execute((tx) => sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx))
    await expect(inTransaction).rejects.toMatchObject({ code: 'database-lost', retryable: true })
    const { rows } = await sql<{ big: number }>`select 9007199254740991::bigint as big`.execute(connection.db)
    expect(rows).toEqual([{ big: Number.MAX_SAFE_INTEGER }])

    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'to be lost' and datname = current_database()`.execute(database.db)
    await expect.poll(() => warnings.length, { timeout: 10_000 }).toBeGreaterThan(0)
    expect((await sql`select 1 as one`.execute(connection.db)).rows).toEqual([{ one: 1 }])
  } finally {
    await connection.close()
  }
})

test('a server that is not there is a retryable failure; a wrong statement is not', async () => {
  const nowhere = connectDatabase({
    connectionString: 'postgres://nobody@127.0.0.1:1/none',
    applicationName: 'nowhere',
  })
  await expect(sql`select 1`.execute(nowhere.db)).rejects.toMatchObject({ code: 'database-lost' })
  await nowhere.close()
  await expect(sql`select * from nothing_of_this_name`.execute(database.db)).rejects.toMatchObject({
    code: '42P01',
  })
})

test('a login token is used up by exactly one of many, and not after its time', async () => {
  const owners = await Promise.all(
    [1, 2, 3].map(() => ensureOwner(database.db, { id: newId(), name: 'Owner' })),
  )
  expect(new Set(owners.map((owner) => owner.id)).size).toBe(1)
  const userId = owners[0]?.id ?? ''
  const now = new Date()
  const tokenHash = Buffer.from('a'.repeat(64), 'hex')
  await insertLoginToken(database.db, { tokenHash, userId, expiresAt: new Date(now.getTime() + 1000) })
  const late = { tokenHash, now: new Date(now.getTime() + 1000) }
  expect(await consumeLoginToken(database.db, late)).toBeUndefined()
  const got = await Promise.all(
    Array.from({ length: 8 }, () => consumeLoginToken(database.db, { tokenHash, now })),
  )
  expect(got.filter((used) => used?.userId === userId)).toHaveLength(1)
  expect(got.filter((used) => used === undefined)).toHaveLength(7)
})

test('a project gives each number once, and its settings have one writer', async () => {
  const { project } = await seedProject(database.db)
  const numbers = await Promise.all(Array.from({ length: 10 }, () => takeNumber(database.db, project.id)))
  expect(numbers.sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  const writes = await Promise.all(
    ['a', 'b', 'c'].map((name) => updateProject(database.db, { id: project.id, fence: 0, name })),
  )
  expect(writes.filter(Boolean)).toHaveLength(1)
  expect((await findProject(database.db, project.slug))?.fence).toBe(1)
  expect((await findProject(database.db, project.id))?.id).toBe(project.id)
})

test('a merge commit counts for the head that it was made of, and only while it is open', async () => {
  const { project, change } = await seedProject(database.db)
  const pullRequest = await insertPullRequest(database.db, {
    id: newId(),
    project_id: project.id,
    change_id: change.id,
    number: 7,
    title: 'It',
    head_branch: 'signalbox/1',
    head_commit: 'old',
    base_branch: 'main',
    base_commit: 'base',
    policy_files: [],
  })
  const head = { id: pullRequest.id, headCommit: 'new', baseCommit: 'base', policyFiles: ['.github/x.yml'] }
  expect(await updateHead(database.db, head)).toMatchObject({ head_commit: 'new', merge_commit: null })
  const merge = { id: pullRequest.id, baseCommit: 'base', mergeCommit: 'm', mergeTree: 't' }
  expect(await setMergeCommit(database.db, { ...merge, headCommit: 'old' })).toBeUndefined()
  expect(await setMergeCommit(database.db, { ...merge, headCommit: 'new' })).toMatchObject({
    merge_tree: 't',
  })
  const now = new Date()
  expect(
    await setMerged(database.db, { id: pullRequest.id, landedCommit: 'm', branchDeleted: true, now }),
  ).toMatchObject({
    state: 'merged',
  })
  expect(await updateHead(database.db, head)).toBeUndefined()
})

test('cards and summaries hold what belongs to each project', async () => {
  const first = await seedProject(database.db)
  const second = await seedProject(database.db)
  const deployment = await insertDeployment(database.db, {
    id: newId(),
    project_id: first.project.id,
    environment_id: first.environment.id,
    commit_id: 'c',
    trigger: 'manual',
  })
  await setLive(database.db, { id: first.environment.id, fence: 0, deploymentId: deployment.id })
  const cards = await cardFacts(database.db, [first.project, second.project])
  expect(cards).toMatchObject([
    { openChanges: 1, newestChange: { id: first.change.id }, live: { deployment: { id: deployment.id } } },
    { openChanges: 1, newestChange: { id: second.change.id }, live: null, recentValidations: [] },
  ])
  const changes = await listChanges(database.db, { projectId: second.project.id, open: true, limit: 5 })
  const facts = await summaryFacts(database.db, changes)
  expect(facts.get(second.change.id)).toEqual({
    projectSlug: second.project.slug,
    deployment: null,
    merged: false,
    asks: null,
  })
  const oldest = { projectId: second.project.id, before: second.change.id, limit: 5 }
  expect(await listChanges(database.db, oldest)).toEqual([])
})
