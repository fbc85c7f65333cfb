import { newId } from '@signalbox/core/base/ids.ts'
import type { DeploymentEvent } from '@signalbox/core/domain/deployment.ts'
import { createFakeIngress, createFakeTarget } from '@signalbox/engine/deploy/fake.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { findDeployment, insertDeployment, setRelease } from '../db/deployments.ts'
import { findEnvironment, setLive } from '../db/environments.ts'
import { moveDeployment } from '../db/state.ts'
import type { DeploymentRow } from '../db/state-of.ts'
import { deployAction } from './actions/deploy.ts'
import type { WorkerDeps } from './deps.ts'
import { tendReleases } from './releases.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await testDatabase()
})
afterEach(() => database.close())

const limits = { memoryBytes: 1, pids: 1, cpus: 1, diskBytes: 1 }

function specOf(deploymentId: string) {
  const command = { startCommand: 'npm start', port: 3000, healthPath: '/health' }
  return { id: `release-${deploymentId}`, layers: [], ...command, env: {}, fromSecrets: {}, limits }
}

async function move(row: DeploymentRow, event: DeploymentEvent): Promise<DeploymentRow> {
  const { id, fence } = row
  const patch = event.type === 'start' ? { release_spec: specOf(id) } : {}
  const moved = await moveDeployment(database.db, { id, fence, event, now: new Date(), patch })
  if (!moved.ok) throw new Error(moved.reason)
  return moved.row
}

async function setup() {
  const target = createFakeTarget()
  const ingress = createFakeIngress(target)
  const { project, environment } = await seedProject(database.db)

  async function deployment(...events: DeploymentEvent['type'][]): Promise<DeploymentRow> {
    let row = await insertDeployment(database.db, {
      id: newId(),
      project_id: project.id,
      environment_id: environment.id,
      change_id: null,
      run_id: null,
      commit_id: 'c'.repeat(40),
      trigger: 'manual',
      previous_deployment_id: null,
      rollback_of: null,
    })
    for (const type of events) row = await move(row, { type, reason: 'It fell over.' } as DeploymentEvent)
    return row
  }

  /** Live, running and routed, as the end of its job leaves it. */
  async function goLive(): Promise<DeploymentRow> {
    const row = await deployment('start', 'started', 'traffic_switched', 'watch_passed')
    const { socketPath } = await target.start(specOf(row.id))
    await ingress.setRoute({ host: environment.host, releaseId: specOf(row.id).id, socketPath })
    await setRelease(database.db, { id: row.id, release: 'running' })
    const fence = (await findEnvironment(database.db, environment.id))?.fence ?? -1
    await setLive(database.db, { id: environment.id, fence, deploymentId: row.id })
    return row
  }

  const deps = {
    workerId: newId(),
    db: database.db,
    target,
    ingress,
    config: readConfig({}),
    clock: { now: () => new Date() },
    log: pino({ level: 'silent' }),
  }
  // Only what tending releases reaches for is here.
  return { deps: deps as unknown as WorkerDeps, target, ingress, project, deployment, goLive }
}

test('a release that went live while a slow look was under way is not stopped, its elder is not routed', async () => {
  const { deps, target, ingress, goLive } = await setup()
  const elder = await goLive()
  const check = target.check
  let younger: DeploymentRow | undefined
  target.check = async (spec, timeoutMs) => {
    younger ??= await goLive()
    return await check(spec, timeoutMs)
  }
  await tendReleases(deps)
  const id = specOf(younger?.id ?? '').id
  expect(await target.state(id)).toBe('running')
  expect((await ingress.routes()).map((route) => route.releaseId)).toEqual([id])
  // The next round looks again and stops the one that has no traffic any more.
  await tendReleases(deps)
  expect(await target.state(specOf(elder.id).id)).toBe('stopped')
  expect((await findDeployment(database.db, elder.id))?.release).toBe('stopped')
  expect(await target.state(id)).toBe('running')
})

test('a release whose worker died between its start and its row is stopped', async () => {
  const { deps, target, deployment, goLive } = await setup()
  const live = await goLive()
  const failed = await deployment('start', 'unhealthy')
  await target.start(specOf(failed.id))
  await tendReleases(deps)
  expect(await target.state(specOf(failed.id).id)).toBe('stopped')
  expect(await target.state(specOf(live.id).id)).toBe('running')
})

test('while a deployment is under way its job alone starts, routes and stops', async () => {
  const { deps, target, deployment, goLive } = await setup()
  await goLive()
  await deployment('start', 'started')
  target.calls.length = 0
  await tendReleases(deps)
  expect(target.calls).toEqual([])
})

test('a deploy job that is taken up after its deployment ended ends as the deployment did', async () => {
  const { deps, project, deployment } = await setup()
  const { run, job } = await seedClaimedJob(database.db, project.id)
  const context = { log: async () => {} }
  const play = (row: DeploymentRow) =>
    // Only what the action reaches for before it would roll out is here.
    deployAction(deps, { ...run, subject: { deploymentId: row.id } }, job).run(context as never)
  const live = await deployment('start', 'started', 'traffic_switched', 'watch_passed')
  expect((await play(live)).outputs).toMatchObject({ outcome: 'live' })
  const back = await deployment('start', 'started', 'traffic_switched', 'unhealthy')
  await expect(play(back)).rejects.toMatchObject({ code: 'deployment-rolled_back', message: 'It fell over.' })
})
