import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../config.ts'
import { findChange, listChanges } from '../../db/changes.ts'
import { insertProject } from '../../db/projects.ts'
import { pullRequestByChange } from '../../db/pull-requests.ts'
import { openPushes } from '../../db/pushes.ts'
import { createLocalForge, type LocalForge } from '../../forge/local/create-local-forge.ts'
import type { FlowDeps } from '../deps.ts'
import { reconcile } from '../reconcile.ts'
import { endPush, noticePush, startPush } from './notice-push.ts'

const folder = mkdtempSync(join(tmpdir(), 'notice-push-'))
let database: TestDatabase
let forge: LocalForge
beforeAll(async () => {
  database = await testDatabase()
  forge = await createLocalForge({ dataDir: folder })
})
afterAll(async () => {
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

function flowDeps(): { deps: FlowDeps; sent: unknown[] } {
  const sent: unknown[] = []
  // What happened is answered elsewhere: advance-occurrence.db.test.ts.
  const send = async (_db: unknown, name: string, payload: unknown) => {
    if (name !== 'advance-occurrence') sent.push([name, payload])
  }
  const queue = { send }
  const log = pino({ level: 'silent' })
  const clock = { now: () => new Date() }
  return { deps: { db: database.db, queue, forge, config: readConfig({}), clock, log } as never, sent }
}

/** A project with one branch from its origin, `old`, and what pushes do to it. */
async function project(settings: object = {}) {
  const id = newId()
  const files = [{ path: 'README.md', content: 'hello\n' }]
  const { head } = await forge.initRepository({ projectId: id, files, message: 'first' })
  const row = await insertProject(database.db, {
    id,
    slug: `pushed-${id.slice(-12)}`,
    name: 'Pushed',
    default_branch: 'main',
    settings: ProjectSettings.parse({ repository: settings }),
  })
  if (!row) throw new Error('no project')
  async function commit(parent: string, message: string): Promise<string> {
    const blob = await forge.runGit({
      gitDir: forge.gitDir(id),
      args: ['hash-object', '-w', '--stdin'],
      input: randomUUID(),
    })
    const input = `100644 blob ${blob.stdout.toString().trim()}\ta.txt\n`
    const tree = await forge.runGit({ gitDir: forge.gitDir(id), args: ['mktree'], input })
    const author = { name: 'Ann', email: 'ann@example.com', at: 1_700_000_000 }
    return forge.commitTree({
      projectId: id,
      tree: tree.stdout.toString().trim(),
      parents: [parent],
      message,
      author,
    })
  }
  async function push(branch: string, to: string): Promise<void> {
    const from = await forge.head(id, branch)
    const ref = `refs/heads/${branch}`
    expect(await forge.updateRef({ projectId: id, ref, to, from })).toBe(true)
  }
  const changes = () => listChanges(database.db, { projectId: id, limit: 50 })
  return { id, head, commit, push, changes }
}

test('branches that a project came with open nothing; a pushed one opens a change, once', async () => {
  const { deps, sent } = flowDeps()
  const { id, head, commit, push, changes } = await project()
  await push('old', await commit(head, 'An old one'))
  await noticePush(deps, id, null)
  expect(await changes()).toEqual([])
  const pushed = await commit(head, 'Mend the clock\n\nIt was late.\n')
  await push('fix/clock', pushed)
  const [first, second] = await Promise.all([noticePush(deps, id, null), noticePush(deps, id, null)])
  // The later one of the two may find it open already, and says so.
  const opened = [...first, ...second].filter(({ news }) => news === 'opened')
  expect(opened.map(({ branch }) => branch)).toEqual(['fix/clock'])
  expect(await changes()).toHaveLength(1)
  const [change] = await changes()
  expect(change).toMatchObject({ title: 'Mend the clock', goal: 'It was late.', status: 'validating' })
  expect(await pullRequestByChange(database.db, change?.id ?? '')).toMatchObject({
    head_branch: 'fix/clock',
    head_commit: pushed,
    base_branch: 'main',
    base_commit: head,
  })
  expect(sent).toEqual([['advance-change', { changeId: change?.id }]])
})

test('a branch that adds nothing, one of an agent and one that no pattern names open nothing', async () => {
  const { deps } = flowDeps()
  const { id, head, commit, push, changes } = await project({ openChangesFor: ['fix/*', 'signalbox/*'] })
  await noticePush(deps, id, null)
  await push('fix/nothing', head)
  const more = await commit(head, 'More')
  await push('signalbox/change-9', more)
  await push('topic', more)
  expect(await noticePush(deps, id, null)).toEqual([])
  expect(await changes()).toEqual([])
})

test('a later push validates a waiting change again; deleting the branch closes it', async () => {
  const { deps, sent } = flowDeps()
  const { id, head, commit, push, changes } = await project()
  await noticePush(deps, id, null)
  const one = await commit(head, 'One')
  await push('topic', one)
  await noticePush(deps, id, null)
  const changeId = (await changes())[0]?.id ?? ''
  await database.db
    .updateTable('changes')
    .set({ status: 'waiting', waiting_for: 'help', reason: 'It failed.' })
    .where('id', '=', changeId)
    .execute()
  await push('topic', await commit(one, 'Two'))
  expect(await noticePush(deps, id, null)).toMatchObject([{ changeId, news: 'validated-again' }])
  expect(await findChange(database.db, changeId)).toMatchObject({ status: 'validating' })
  expect(sent).toHaveLength(2)
  await forge.deleteBranch(id, 'topic')
  expect(await noticePush(deps, id, null)).toMatchObject([{ changeId, news: 'closed' }])
  expect(await findChange(database.db, changeId)).toMatchObject({
    status: 'completed',
    conclusion: 'cancelled',
    reason: 'The branch topic was deleted.',
  })
  expect(await pullRequestByChange(database.db, changeId)).toMatchObject({ state: 'closed' })
  expect(await noticePush(deps, id, null)).toEqual([])
})

test('a crash between a push and its notice loses nothing: the reconciler finds what moved', async () => {
  const { deps } = flowDeps()
  const { id, head, commit, push, changes } = await project()
  await noticePush(deps, id, null)
  await startPush(deps, id, newId())
  await push('topic', await commit(head, 'Pushed before the crash'))
  // The process that served the push is killed here: nobody calls endPush.
  await reconcile(deps)
  expect(await changes()).toMatchObject([{ title: 'Pushed before the crash' }])
  expect((await openPushes(database.db)).filter((row) => row.project_id === id)).toHaveLength(1)
  const later = { ...deps, clock: { now: () => new Date(Date.now() + 3_600_000) } }
  await reconcile(later)
  expect((await openPushes(database.db)).filter((row) => row.project_id === id)).toEqual([])
  expect(await changes()).toHaveLength(1)
})

test('the end of a push says what came of each of its branches', async () => {
  const { deps } = flowDeps()
  const { id, head, commit, push } = await project()
  await noticePush(deps, id, null)
  const pushId = newId()
  await startPush(deps, id, pushId)
  await push('topic', await commit(head, 'One'))
  const end = { id: pushId, projectId: id, userId: null, branches: ['topic', 'other'] }
  expect(await endPush(deps, end)).toMatchObject([{ branch: 'topic', news: 'opened', number: 1 }])
  expect(await openPushes(database.db)).toEqual([])
})
