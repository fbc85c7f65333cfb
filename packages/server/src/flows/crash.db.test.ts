import { newId } from '@signalbox/core/base/ids.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { findChange } from '../db/changes.ts'
import { upsertCheck } from '../db/checks.ts'
import { insertPullRequest, pullRequestByChange, setMergeCommit } from '../db/pull-requests.ts'
import { markWorkerStopped, upsertWorker } from '../db/workers.ts'
import type { Forge } from '../forge/port.ts'
import { advanceChange } from './changes/advance-change.ts'
import type { FlowDeps } from './deps.ts'
import { reconcile } from './reconcile.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const base = 'b'.repeat(40)
const head = 'c'.repeat(40)
const merge = 'd'.repeat(40)
const tree = 'e'.repeat(40)

/** Only what the flow under test reaches for is there. */
function flowDeps(forge: Partial<Forge> = {}): {
  deps: FlowDeps
  sent: { name: string; payload: unknown }[]
} {
  const sent: { name: string; payload: unknown }[] = []
  const deps = {
    db: database.db,
    queue: {
      send: async (_db: unknown, name: string, payload: unknown) => {
        sent.push({ name, payload })
      },
    },
    forge,
    config: readConfig({}),
    clock: { now: () => new Date() },
    log: pino({ level: 'silent' }),
  }
  return { deps: deps as unknown as FlowDeps, sent }
}

/** A change whose validated pull request is about to land. */
async function mergingChange() {
  const { project, change } = await seedProject(database.db)
  const settings = ProjectSettings.parse({ autoMerge: true })
  await database.db
    .updateTable('projects')
    .set({ settings: JSON.stringify(settings) as never })
    .where('id', '=', project.id)
    .execute()
  const request = await insertPullRequest(database.db, {
    id: newId(),
    project_id: project.id,
    change_id: change.id,
    number: change.number,
    title: 'A goal',
    head_branch: 'signalbox/change-1',
    head_commit: head,
    base_branch: 'main',
    base_commit: base,
  })
  const fact = { headCommit: head, baseCommit: base, mergeCommit: merge, mergeTree: tree }
  await setMergeCommit(database.db, { id: request.id, ...fact })
  const check = { pull_request_id: request.id, commit_id: merge, name: 'validate' }
  await upsertCheck(database.db, { ...check, conclusion: 'success', summary: 'All passed.' })
  await database.db.updateTable('changes').set({ status: 'merging' }).where('id', '=', change.id).execute()
  return change.id
}

/** `branch` is where the base stands; landing moves it as the real one does. */
function forgeAt(start: string) {
  let branch = start
  const deleted: string[] = []
  const forge: Partial<Forge> = {
    head: async (_project, name) => (name === 'main' ? branch : deleted.includes(name) ? undefined : head),
    branches: async () => new Map(),
    isAncestor: async (_project, commit, of) => commit === of,
    deleteBranch: async (_project, name) => deleted.push(name) > 0,
    releaseCommit: async () => {},
    async landCommit({ commit, expectedBase }) {
      if (branch !== expectedBase) return { landed: false, moved: true, head: branch }
      branch = commit
      return { landed: true, head: commit }
    },
  }
  return { forge, deleted, landByAnother: () => (branch = merge) }
}

test('a crash between the landing and its row: the next one finds it landed and tidies up', async () => {
  const id = await mergingChange()
  const { forge, deleted } = forgeAt(merge)
  await advanceChange(flowDeps(forge).deps, id)
  expect(await findChange(database.db, id)).toMatchObject({ status: 'completed', conclusion: 'merged' })
  expect(await pullRequestByChange(database.db, id)).toMatchObject({ state: 'merged', landed_commit: merge })
  expect(deleted).toEqual(['signalbox/change-1'])
})

test('a landing by another process between our look and ours is no moved base: it is not proven again', async () => {
  const id = await mergingChange()
  const { forge, landByAnother } = forgeAt(base)
  const land = forge.landCommit
  forge.landCommit = async (input) => {
    landByAnother()
    return (await land?.(input)) ?? { landed: false, moved: true, head: merge }
  }
  await advanceChange(flowDeps(forge).deps, id)
  expect(await findChange(database.db, id)).toMatchObject({ status: 'completed', conclusion: 'merged' })
})

test('the branch is gone before the row moves on, so that a crash in between leaves nothing behind', async () => {
  const id = await mergingChange()
  const { forge } = forgeAt(base)
  forge.deleteBranch = async () => {
    throw new Error('killed here')
  }
  await expect(advanceChange(flowDeps(forge).deps, id)).rejects.toThrow('killed here')
  expect(await findChange(database.db, id)).toMatchObject({ status: 'merging' })
})

test('a job of a worker that stopped is queued at once, one of a living worker is not', async () => {
  const { project } = await seedProject(database.db)
  const { job: left } = await seedClaimedJob(database.db, project.id)
  const { job: held } = await seedClaimedJob(database.db, project.id)
  for (const job of [left, held]) {
    const worker = { id: job.worker_id ?? '', name: 'here', pid: 1, slots: 1, sandbox: [], now: new Date() }
    await upsertWorker(database.db, worker)
  }
  await markWorkerStopped(database.db, { id: left.worker_id ?? '', now: new Date() })
  const { deps, sent } = flowDeps()
  await reconcile(deps)
  const jobs = sent.filter((message) => message.name === 'job').map((message) => message.payload)
  expect(jobs).toEqual([{ jobId: left.id }])
})
