import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { jobsByRun } from '../../db/jobs.ts'
import { openOccurrences } from '../../db/occurrences.ts'
import { findRun, listRuns, openRunsOfProject } from '../../db/runs.ts'
import { moveJob } from '../../db/state.ts'
import { createLocalForge, type LocalForge } from '../../forge/local/create-local-forge.ts'
import type { FlowDeps } from '../deps.ts'
import { advanceRun } from '../runs/advance-run.ts'
import { advanceOccurrence } from './advance-occurrence.ts'
import { dispatchEvent } from './dispatch-event.ts'
import { fixtureDeps, pushedProject } from './pushed-project.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'run-chain-'))
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

function workflow(name: string, on: string): string {
  return `name: ${name}\non: ${on}\njobs:\n  test: {runs-on: ubuntu-latest, steps: [{run: echo}]}\n`
}

const files = {
  '.github/workflows/first.yml': workflow('First', '{repository_dispatch: {types: [go]}}'),
  // Follows itself: without an end of the chain it would run for ever.
  '.github/workflows/next.yml': workflow(
    'Next',
    '{workflow_run: {workflows: [First, Next], types: [completed]}}',
  ),
  '.github/workflows/other.yml': workflow('Other', '{workflow_run: {workflows: [Else]}}'),
  '.github/workflows/asked.yml': workflow(
    'Asked',
    '{workflow_run: {workflows: [First], types: [requested]}}',
  ),
}

async function answer(deps: FlowDeps): Promise<void> {
  for (const { id } of await openOccurrences(database.db)) await advanceOccurrence(deps, id)
}

/** Ends every run that is under way, and answers what follows. */
async function endAll(deps: FlowDeps, projectId: string): Promise<void> {
  for (const { id } of await openRunsOfProject(database.db, projectId)) {
    for (const job of await jobsByRun(database.db, id)) {
      const now = new Date()
      const claim = { type: 'claim', workerId: newId() } as const
      const claimed = await moveJob(database.db, { id: job.id, fence: job.fence, event: claim, now })
      if (!claimed.ok) throw new Error(claimed.reason)
      const event = { type: 'complete', conclusion: 'success' } as const
      await moveJob(database.db, { id: job.id, fence: claimed.row.fence, event, now })
    }
    await Promise.all([advanceRun(deps, id), advanceRun(deps, id)])
    await advanceRun(deps, id)
  }
  await answer(deps)
}

async function names(projectId: string): Promise<string[]> {
  return (await listRuns(database.db, { projectId, limit: 50 })).map((run) => run.name).reverse()
}

test('a dispatch starts what waits for its type; runs follow it by workflow_run, three at most', async () => {
  const { deps } = fixtureDeps(database, forge)
  const { id, head } = await pushedProject(database, forge, { files })
  const input = { projectId: id, payload: { where: 'staging' }, userId: newId() }
  await dispatchEvent(deps, { ...input, type: 'stop' })
  await answer(deps)
  expect(await names(id)).toEqual([])
  await dispatchEvent(deps, { ...input, type: 'go' })
  await answer(deps)
  expect(await names(id)).toEqual(['First'])
  const [first] = await listRuns(database.db, { projectId: id, limit: 1 })
  expect(await findRun(database.db, first?.id ?? '')).toMatchObject({
    trusted: true,
    commit_id: head,
    event: { action: 'go', branch: 'main', client_payload: { where: 'staging' } },
  })
  for (let round = 0; round < 6; round++) await endAll(deps, id)
  expect(await names(id)).toEqual(['First', 'Next', 'Next', 'Next'])
  const [last] = await listRuns(database.db, { projectId: id, limit: 1 })
  expect(await findRun(database.db, last?.id ?? '')).toMatchObject({
    event_name: 'workflow_run',
    event_depth: 3,
    event: {
      action: 'completed',
      workflow_run: { name: 'Next', conclusion: 'success', head_branch: 'main' },
    },
  })
})

test('an automatic switch that is off holds chains, not what a person dispatches', async () => {
  const { deps } = fixtureDeps(database, forge)
  const { id } = await pushedProject(database, forge, {
    files,
    settings: { workflows: { automatic: false } },
  })
  await dispatchEvent(deps, { projectId: id, type: 'go', payload: {}, userId: newId() })
  await answer(deps)
  await endAll(deps, id)
  expect(await names(id)).toEqual(['First'])
})
