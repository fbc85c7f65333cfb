import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listOccurrences, openOccurrences } from '../../db/occurrences.ts'
import { findRun, listRuns } from '../../db/runs.ts'
import { createLocalForge, type LocalForge } from '../../forge/local/create-local-forge.ts'
import type { FlowDeps } from '../deps.ts'
import { reconcile } from '../reconcile.ts'
import { advanceOccurrence } from './advance-occurrence.ts'
import { noticePush } from './notice-push.ts'
import { fixtureDeps, pushedProject } from './pushed-project.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'occurrence-'))
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

function workflow(on: string, name = 'W'): string {
  return `name: ${name}\non: ${on}\njobs:\n  test: {runs-on: ubuntu-latest, steps: [{run: echo}]}\n`
}

const files = {
  'README.md': 'hello\n',
  '.github/workflows/push.yml': workflow('push', 'Push'),
  '.github/workflows/main.yml': workflow('{push: {branches: [main]}}', 'Main'),
  '.github/workflows/docs.yml': workflow('{push: {paths: [docs/**]}}', 'Docs'),
  '.github/workflows/pull.yml': workflow('pull_request', 'Pull'),
  '.github/workflows/broken.yml': 'on: push\njobs: 7\n',
  '.signalbox/workflows/made.yml': workflow('{create: }', 'Made'),
}

/** Answers everything that is open, as the handler of the queue does. */
async function answer(deps: FlowDeps): Promise<void> {
  for (const { id } of await openOccurrences(database.db)) await advanceOccurrence(deps, id)
}

async function look(projectId: string) {
  const occurrences = await listOccurrences(database.db, { projectId, limit: 50 })
  const runs = await listRuns(database.db, { projectId, limit: 50 })
  return {
    names: occurrences.map(({ name }) => name).sort(),
    verdicts: (name: string) => occurrences.find((one) => one.name === name)?.verdicts ?? [],
    runs: runs.map((run) => `${run.kind} ${run.event_name} ${run.name} ${run.ref}`).sort(),
    first: runs[0],
  }
}

test('what a project came with starts nothing; a push to a branch starts what asks for it, untrusted', async () => {
  const { deps } = fixtureDeps(database, forge)
  const { id, head, commit, move } = await pushedProject(database, forge, {
    files,
    settings: { repository: { openChangesFor: [] } },
  })
  await noticePush(deps, id, null)
  await answer(deps)
  expect((await look(id)).runs).toEqual([])

  const made = await commit(head, { message: 'Mend it', files: { 'src/a.ts': '1' } })
  await move('topic', made)
  await noticePush(deps, id, null)
  await answer(deps)
  const seen = await look(id)
  expect(seen.names).toEqual(['create', 'push'])
  expect(seen.runs).toEqual(['event create Made refs/heads/topic', 'event push Push refs/heads/topic'])
  const said = Object.fromEntries(
    seen.verdicts('push').map((one) => [one.file.split('/').at(-1), one.by ?? 'runs']),
  )
  expect(said).toEqual({
    'push.yml': 'runs',
    'main.yml': 'branches',
    'docs.yml': 'paths',
    'pull.yml': 'event',
    'broken.yml': 'invalid',
    'made.yml': 'event',
  })
  const run = await findRun(database.db, seen.verdicts('push').find(({ runs }) => runs)?.runId ?? '')
  expect(run).toMatchObject({ commit_id: made, trusted: false, kind: 'event', event_name: 'push' })
  expect(run?.event).toMatchObject({
    ref: 'refs/heads/topic',
    after: made,
    created: true,
    head_commit: { id: made, message: 'Mend it', author: { email: 'ann@example.com' } },
    commits: [{ id: made }],
    repository: { default_branch: 'main' },
  })
})

test('a branch that moves on is compared with where it stood, and the default branch is trusted', async () => {
  const { deps } = fixtureDeps(database, forge)
  const { id, head, commit, move } = await pushedProject(database, forge, { files })
  await noticePush(deps, id, null)
  const one = await commit(head, { message: 'Say more', files: { 'docs/a.md': 'a' } })
  await move('main', one)
  await noticePush(deps, id, null)
  await answer(deps)
  const first = await look(id)
  expect(first.runs).toEqual([
    'event push Docs refs/heads/main',
    'event push Main refs/heads/main',
    'event push Push refs/heads/main',
  ])
  expect(await findRun(database.db, first.first?.id ?? '')).toMatchObject({
    trusted: true,
    event: { before: head },
  })
  await move('main', await commit(one, { message: 'Code', files: { 'src/a.ts': 'a' } }))
  await noticePush(deps, id, null)
  await answer(deps)
  expect((await look(id)).runs.filter((run) => run.includes('Docs'))).toHaveLength(1)
})

test('words in the message, a commit of an agent and the switch of the project keep workflows from starting', async () => {
  const { deps } = fixtureDeps(database, forge)
  const settings = { repository: { openChangesFor: [] } }
  const { id, head, commit, move } = await pushedProject(database, forge, { files, settings })
  await noticePush(deps, id, null)
  await move('quiet', await commit(head, { message: 'Typo [skip ci]' }))
  await noticePush(deps, id, null)
  await answer(deps)
  expect((await look(id)).verdicts('push').map(({ by }) => by)).toContain('message')
  await move('agents', await commit(head, { message: 'x', email: 'agent@signalbox.invalid' }))
  await noticePush(deps, id, null)
  await answer(deps)
  expect((await look(id)).verdicts('push')).toMatchObject([{ runs: false, by: 'agent' }])
  // `create` is no push: it starts whatever the message says.
  expect((await look(id)).runs.every((run) => run.startsWith('event create'))).toBe(true)

  const off = await pushedProject(database, forge, {
    files,
    settings: { ...settings, workflows: { automatic: false } },
  })
  await noticePush(deps, off.id, null)
  await off.move('topic', await off.commit(off.head, { message: 'x' }))
  await noticePush(deps, off.id, null)
  await answer(deps)
  expect(await look(off.id)).toMatchObject({ runs: [] })
  expect((await look(off.id)).verdicts('push')).toMatchObject([{ by: 'off' }])
})

test('two servers that answer at once, and a crash before the answer, start each workflow once', async () => {
  const { deps, sent } = fixtureDeps(database, forge)
  const settings = { repository: { openChangesFor: [] } }
  const { id, head, commit, move } = await pushedProject(database, forge, { files, settings })
  await noticePush(deps, id, null)
  await move('topic', await commit(head, { message: 'x' }))
  await Promise.all([noticePush(deps, id, null), noticePush(deps, id, null)])
  expect((await look(id)).names).toEqual(['create', 'push'])
  // The messages are lost: the reconciler finds the rows.
  sent.length = 0
  await reconcile(deps)
  const ids = sent.flatMap(([name, payload]) =>
    name === 'advance-occurrence' ? [payload['occurrenceId'] ?? ''] : [],
  )
  expect(ids).toHaveLength(2)
  await Promise.all([...ids, ...ids].map((one) => advanceOccurrence(deps, one)))
  expect((await look(id)).runs).toHaveLength(2)
  await Promise.all(ids.map((one) => advanceOccurrence(deps, one)))
  expect((await look(id)).runs).toHaveLength(2)
})
