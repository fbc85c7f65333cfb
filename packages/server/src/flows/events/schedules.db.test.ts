import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openOccurrences } from '../../db/occurrences.ts'
import { findRun, listRuns } from '../../db/runs.ts'
import { schedulesOfProject } from '../../db/schedules.ts'
import { createLocalForge, type LocalForge } from '../../forge/local/create-local-forge.ts'
import { advanceOccurrence } from './advance-occurrence.ts'
import { noticePush } from './notice-push.ts'
import { fixtureDeps, pushedProject } from './pushed-project.fixture.ts'
import { readSchedules, tickSchedules } from './schedules.ts'

const folder = mkdtempSync(join(tmpdir(), 'schedules-'))
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

const jobs = 'jobs:\n  test: {runs-on: ubuntu-latest, steps: [{run: echo}]}\n'
const nightly = `name: Nightly\non: {schedule: [{cron: '30 5 * * *'}, {cron: '0 9 * * 1', timezone: Europe/Berlin}]}\n${jobs}`
const files = {
  '.github/workflows/nightly.yml': nightly,
  '.github/workflows/same.yml': `name: Same\non: {schedule: [{cron: '30 5 * * *'}]}\n${jobs}`,
}

/** A project whose default branch moved at noon of the 20th, so that its schedules are known. */
async function scheduled(settings: object = {}) {
  let now = new Date('2026-11-20T12:00:00Z')
  const { deps } = fixtureDeps(database, forge, () => now)
  const made = await pushedProject(database, forge, { files, settings })
  await noticePush(deps, made.id, null)
  async function answer() {
    for (const { id } of await openOccurrences(database.db)) await advanceOccurrence(deps, id)
  }
  async function land(changed: Record<string, string>) {
    const head = await forge.head(made.id, 'main')
    await made.move('main', await made.commit(head ?? '', { message: 'x', files: changed }))
    await noticePush(deps, made.id, null)
    await answer()
  }
  async function at(time: string) {
    now = new Date(time)
    await Promise.all([tickSchedules(deps), tickSchedules(deps)])
    await answer()
    const runs = await listRuns(database.db, { projectId: made.id, limit: 50 })
    return runs.map((run) => `${run.event_name} ${run.name}`).sort()
  }
  const rows = async () =>
    (await schedulesOfProject(database.db, made.id)).map((row) => [
      row.workflow_name,
      row.cron,
      row.timezone,
      row.next_at?.toISOString(),
    ])
  return { ...made, deps, land, at, rows }
}

test('an import starts nothing at any time, until its default branch moves or a person asks', async () => {
  const scene = await scheduled()
  expect(await scene.rows()).toEqual([])
  expect(await scene.at('2026-11-21T05:31:00Z')).toEqual([])
  await readSchedules(scene.deps, scene.id)
  expect(await scene.rows()).toHaveLength(3)
})

test('each file starts at its own times, once among all servers, on the head of the default branch', async () => {
  const scene = await scheduled()
  await scene.land({ 'a.txt': '1' })
  expect(await scene.rows()).toEqual([
    ['Nightly', '30 5 * * *', 'UTC', '2026-11-21T05:30:00.000Z'],
    ['Same', '30 5 * * *', 'UTC', '2026-11-21T05:30:00.000Z'],
    ['Nightly', '0 9 * * 1', 'Europe/Berlin', '2026-11-23T08:00:00.000Z'],
  ])
  expect(await scene.at('2026-11-21T05:29:59Z')).toEqual([])
  expect(await scene.at('2026-11-21T05:30:04Z')).toEqual(['schedule Nightly', 'schedule Same'])
  expect(await scene.at('2026-11-21T05:35:00Z')).toHaveLength(2)
  const [run] = await listRuns(database.db, { projectId: scene.id, limit: 1 })
  expect(await findRun(database.db, run?.id ?? '')).toMatchObject({
    trusted: true,
    ref: 'refs/heads/main',
    commit_id: await forge.head(scene.id, 'main'),
    event: { schedule: '30 5 * * *' },
  })
})

test('times that came while no server ran are counted, not made up for; a late start is', async () => {
  const scene = await scheduled()
  await scene.land({ 'a.txt': '1' })
  expect(await scene.at('2026-11-23T20:00:00Z')).toEqual([])
  const missed = (await schedulesOfProject(database.db, scene.id)).map((row) => row.missed)
  expect(missed.sort()).toEqual([1, 3, 3])
  expect(await scene.at('2026-11-24T05:40:00Z')).toHaveLength(2)
})

test('a schedule that is taken out of its file starts nothing more, and the switch holds all of them', async () => {
  const scene = await scheduled()
  await scene.land({ 'a.txt': '1' })
  await scene.land({ '.github/workflows/nightly.yml': `name: Nightly\non: workflow_dispatch\n${jobs}` })
  expect((await scene.rows()).map(([name]) => name)).toEqual(['Same'])
  const off = await scheduled({ workflows: { schedules: false } })
  await off.land({ 'a.txt': '1' })
  expect(await off.at('2026-11-21T05:31:00Z')).toEqual([])
})
