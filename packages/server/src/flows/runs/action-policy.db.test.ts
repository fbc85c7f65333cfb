import { seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findRun } from '../../db/runs.ts'
import type { FlowDeps } from '../deps.ts'
import { startRun } from './start-run.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => await database.close())

const commit = 'a'.repeat(40)
const lockOf = (actions: Record<string, string>) => JSON.stringify({ version: 1, actions })

/** Starts a run that uses these actions, in a project with these settings; answers its row or why there is none. */
async function start(uses: string[], options: { actions?: object; lock?: string; trusted?: boolean } = {}) {
  const { project } = await seedProject(database.db)
  if (options.actions) {
    const settings = JSON.stringify({ actions: options.actions })
    await database.db.updateTable('projects').set({ settings }).where('id', '=', project.id).execute()
  }
  const deps = {
    db: database.db,
    clock: { now: () => new Date() },
    queue: { send: async () => {} },
  } as unknown as FlowDeps
  const steps = uses.map((one) => `      - uses: ${one}\n`).join('')
  const text = `on: push\njobs:\n  a:\n    runs-on: linux\n    steps:\n${steps}`
  const { lock = null, trusted = true } = options
  try {
    const id = await database.db.transaction().execute((tx) =>
      startRun(deps, tx, {
        projectId: project.id,
        changeId: null,
        kind: 'manual',
        name: 'a',
        workflow: { file: '.github/workflows/a.yml', text, source: 'repository', lock },
        commit: '0'.repeat(40),
        ref: 'refs/heads/main',
        trusted,
        subject: {},
      }),
    )
    return { row: await findRun(database.db, id) }
  } catch (error) {
    return { said: error instanceof Error ? error.message : String(error) }
  }
}

test('GitHub’s own actions and the built-in ones are let in, others with their places are not', async () => {
  expect(await start(['actions/checkout@v4', 'actions/setup-node@v4', './own'])).toHaveProperty('row.status')
  expect(await start(['actions/setup-node@v4', 'team/tool@v1', `team/other@${commit}`])).toEqual({
    said:
      '.github/workflows/a.yml:7:15: the project does not allow the action team/tool@v1\n' +
      `.github/workflows/a.yml:8:15: the project does not allow the action team/other@${commit}`,
  })
})

test('what a project lets in must say which commit it is, by itself or by the lock file', async () => {
  const actions = { allow: ['actions/*', 'team/*'] }
  expect((await start(['team/tool@v1'], { actions })).said).toContain(
    '.github/workflows/a.yml:6:15: team/tool@v1 may become another commit any time',
  )
  const lock = lockOf({ 'team/tool@v1': commit })
  const { row } = await start(['team/tool/sub@v1', `team/b@${commit}`], { actions, lock })
  expect(row?.actions_lock).toBe(lock)
  expect(await start(['team/tool@v1'], { actions: { ...actions, pinRequired: 'never' } })).toHaveProperty(
    'row',
  )
  expect((await start(['actions/a@v1'], { actions: { ...actions, pinRequired: 'always' } })).said).toContain(
    ':6:15:',
  )
})

test('a commit cannot let anything in, and a broken lock starts nothing', async () => {
  // What a commit brings is its workflow and its lock; neither is asked what is allowed.
  const lock = lockOf({ 'team/tool@v1': commit })
  expect((await start(['team/tool@v1'], { lock, trusted: false })).said).toContain('does not allow')
  expect((await start(['actions/a@v1'], { lock: '{"version": 1, "actions": {"x": "y"}}' })).said).toContain(
    '.signalbox/actions.lock:1:28: x is not owner/repository@ref',
  )
  expect((await start(['actions/a@v1'], { lock: '' })).said).toBeTruthy()
})
