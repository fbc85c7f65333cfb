import { newId } from '@signalbox/core/base/ids.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { jobsByRun } from '../../db/jobs.ts'
import { findRun } from '../../db/runs.ts'
import { moveJob } from '../../db/state.ts'
import { insertUser } from '../../db/users.ts'
import { advanceRun } from './advance-run.ts'
import { reviewEnvironment } from './environment-rules.ts'
import { claim, startedRun } from './started-run.fixture.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => await database.close())

const workflow = `on: workflow_dispatch
jobs:
  deploy:
    runs-on: linux
    environment: {name: Production, url: 'https://example.com'}
    steps: [{run: echo}]
`

async function started(rules: { approvals?: number; branches?: string[] }) {
  const sent: string[] = []
  const run = await startedRun(database, {
    workflow,
    async send(_db, name) {
      if (name === 'job') sent.push(name)
    },
  })
  const { db } = database
  const settings = ProjectSettings.parse({ environments: { production: rules } })
  const project_id = (await findRun(db, run.runId))?.project_id ?? ''
  await db
    .updateTable('projects')
    .set({ settings: JSON.stringify(settings) })
    .where('id', '=', project_id)
    .execute()
  const user = await insertUser(db, { id: newId(), name: 'Ada', role: 'user' })
  const advance = async () => {
    sent.length = 0
    await advanceRun(run.deps, run.runId)
    return sent.length
  }
  const job = async () => (await jobsByRun(db, run.runId))[0]
  const review = (decision: 'approved' | 'rejected', comment = '') =>
    reviewEnvironment(run.deps, {
      runId: run.runId,
      environment: 'production',
      decision,
      comment,
      userId: user.id,
    })
  return { ...run, db, advance, job, review }
}

test('a job waits for the approvals of its environment', async () => {
  const { advance, job, review } = await started({ approvals: 1 })
  expect(await advance()).toBe(0)
  expect(await job()).toMatchObject({ status: 'queued', environment: 'production' })
  await review('approved')
  expect(await advance()).toBe(1)
})

test('a rejection ends it with who and why', async () => {
  const { advance, job, review } = await started({ approvals: 1 })
  await review('rejected', 'not today')
  await advance()
  expect(await job()).toMatchObject({
    conclusion: 'failure',
    reason: 'Ada rejected it for the environment production: not today',
  })
})

test('the url of an environment is stored', async () => {
  const { db, move, job } = await started({})
  const claimed = await move('deploy', claim())
  await moveJob(db, {
    id: claimed.id,
    fence: claimed.fence,
    event: { type: 'complete', conclusion: 'success' },
    now: new Date(),
    patch: { environment_url: 'https://example.com' },
  })
  expect(await job()).toMatchObject({ environment_url: 'https://example.com' })
})
