import { mkdir, mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { insertDeployment, setRelease } from '../db/deployments.ts'
import { cleanUp } from './clean-up.ts'
import type { WorkerDeps } from './deps.ts'

let database: TestDatabase
let dataDir: string

beforeAll(async () => {
  database = await testDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'clean-up-'))
})
afterAll(async () => {
  await database.close()
  await rm(dataDir, { recursive: true, force: true })
})

async function layer(key: string, hoursOld: number): Promise<string> {
  const path = join(dataDir, 'layers', key)
  await mkdir(path, { recursive: true })
  const at = new Date(Date.now() - hoursOld * 3_600_000)
  await utimes(path, at, at)
  return path
}

test('only layers that no kept release names go, and only when they are old', async () => {
  const kept = await layer('kept', 48)
  const gone = await layer('gone', 48)
  await layer('young', 1)
  const { project, environment } = await seedProject(database.db)
  const spec = (path: string) => ({
    id: 'release-x',
    layers: [path],
    startCommand: 'x',
    port: 1,
    healthPath: '/',
    env: {},
    limits: { memoryBytes: 1, pids: 1, cpus: 1, diskBytes: 1 },
  })
  const common = {
    project_id: project.id,
    environment_id: environment.id,
    change_id: null,
    run_id: null,
    commit_id: 'c',
    trigger: 'manual',
    previous_deployment_id: null,
    rollback_of: null,
  } as const
  const stays = await insertDeployment(database.db, { ...common, id: newId(), release_spec: spec(kept) })
  await setRelease(database.db, { id: stays.id, release: 'stopped' })
  const ended = await insertDeployment(database.db, { ...common, id: newId(), release_spec: spec(gone) })
  await setRelease(database.db, { id: ended.id, release: 'removed' })
  await database.db.updateTable('deployments').set({ status: 'completed' }).execute()

  const deleted: string[] = []
  const provider: Pick<WorkerDeps['provider'], 'deleteSnapshot' | 'reapOrphans'> = {
    deleteSnapshot: async (key) => {
      deleted.push(key)
    },
    reapOrphans: async () => 0,
  }
  const maintained: string[] = []
  const forge: Pick<WorkerDeps['forge'], 'maintain'> = {
    maintain: async (projectId) => {
      maintained.push(projectId)
      if (maintained.length === 1) throw new Error('the repository is broken')
      return 'done'
    },
  }
  const second = await seedProject(database.db)
  const { run } = await seedClaimedJob(database.db, second.project.id)
  const used: string[][] = []
  const deps = {
    forge,
    workerId: newId(),
    forgetFetched: async (_: string, inUse: () => Promise<string[]>) => void used.push(await inUse()),
    db: database.db,
    provider,
    config: { ...readConfig({}), dataDir },
    clock: { now: () => new Date() },
    log: pino({ level: 'silent' }),
  }
  // Only what cleanUp reaches for is here.
  await cleanUp(deps as unknown as WorkerDeps)
  expect(deleted).toEqual(['gone'])
  expect(maintained).toEqual([project.id, second.project.id])
  expect(used).toEqual([[], [run.commit_id]])
})
