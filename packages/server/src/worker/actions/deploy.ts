import { Failure } from '@signalbox/core/base/failure.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { DeploymentEvent } from '@signalbox/core/domain/deployment.ts'
import type { ReleaseSpec } from '@signalbox/engine/deploy/port.ts'
import {
  type RolloutEvent,
  type RolloutRequest,
  type RolloutResult,
  rollout,
} from '@signalbox/engine/deploy/rollout.ts'
import type { ActionContext, BuiltinAction } from '@signalbox/engine/job/port.ts'
import { findDeployment, setHealth, setRelease, setRollingBack } from '../../db/deployments.ts'
import { type EnvironmentRow, findEnvironment, setLive } from '../../db/environments.ts'
import { findProject } from '../../db/projects.ts'
import { type DeploymentPatch, moveDeployment } from '../../db/state.ts'
import type { DeploymentRow, JobRow, RunRow } from '../../db/state-of.ts'
import type { WorkerDeps } from '../deps.ts'
import { limitsOf } from '../job-request.ts'
import { StoredSpec } from '../releases.ts'
import { persist } from '../reporter.ts'

/** `signalbox/deploy`: seals the built workspace, rolls it out and watches it; the last step of its job. */
export function deployAction(deps: WorkerDeps, run: RunRow, job: JobRow): BuiltinAction {
  return {
    name: 'signalbox/deploy',
    inputs: {},
    run: (context) => deploy(deps, run, job, context),
  }
}

interface Scene {
  deps: WorkerDeps
  environment: EnvironmentRow
  settings: ProjectSettings
  /** As last written by this process. */
  deployment: DeploymentRow
}

async function readScene(deps: WorkerDeps, run: RunRow): Promise<Scene> {
  const id = run.subject['deploymentId']
  const deployment = typeof id === 'string' ? await findDeployment(deps.db, id) : undefined
  const environment = deployment && (await findEnvironment(deps.db, deployment.environment_id))
  const project = deployment && (await findProject(deps.db, deployment.project_id))
  if (!deployment || !environment || !project) {
    throw new Failure('no-deployment', 'This run is not for a deployment.', {
      hint: 'signalbox/deploy@v1 works in the runs that a merge or "Deploy" starts.',
    })
  }
  return { deps, environment, deployment, settings: ProjectSettings.parse(project.settings) }
}

async function deploy(deps: WorkerDeps, run: RunRow, job: JobRow, context: ActionContext) {
  const scene = await readScene(deps, run)
  const { deployment } = scene
  if (deployment.status === 'completed') return await alreadyOver(scene, context)
  const previous = await liveRelease(scene)
  const spec = await releaseSpec(scene, job, context)
  const request: RolloutRequest = {
    spec,
    previous: previous?.spec,
    host: scene.environment.host,
    target: deps.target,
    ingress: deps.ingress,
    watchMs: scene.settings.deployment.watchSeconds * 1000,
    startTimeoutMs: scene.settings.deployment.startTimeoutSeconds * 1000,
    now: () => performance.now(),
    onEvent: (event) => record(scene, context, event, previous?.deploymentId ?? null, spec),
    // A reason stands in the row of a deployment under way only when its traffic is on the way back.
    resumeAt: deployment.reason ? 'rolling_back' : resumeAt[deployment.status],
    resumeReason: deployment.reason ?? undefined,
    signal: context.signal,
  }
  const result = await rollOut(scene, request, context)
  return await conclude(scene, context, result, previous?.deploymentId)
}

/** Its worker was lost between the deployment's end and the job's: the job ends as it would have. */
async function alreadyOver({ deployment, environment }: Scene, context: ActionContext) {
  if (deployment.conclusion !== 'live' && deployment.conclusion !== 'superseded') {
    throw new Failure(`deployment-${deployment.conclusion}`, deployment.reason ?? 'It has ended already.')
  }
  await context.log('system', 'It went live in an earlier attempt of this job')
  return { outputs: { outcome: 'live', host: environment.host } }
}

const resumeAt: Record<DeploymentRow['status'], RolloutRequest['resumeAt']> = {
  queued: 'starting',
  starting: 'starting',
  checking: 'checking',
  watching: 'watching',
  completed: undefined,
}

async function liveRelease(scene: Scene): Promise<{ deploymentId: string; spec: ReleaseSpec } | undefined> {
  const id = scene.environment.live_deployment_id
  const live = id ? await findDeployment(scene.deps.db, id) : undefined
  const spec = live && StoredSpec.safeParse(live.release_spec)
  return live && spec?.success ? { deploymentId: live.id, spec: spec.data } : undefined
}

/** The kept spec of a resumed deployment or a rollback, else the job's workspace, sealed as a layer. */
async function releaseSpec(scene: Scene, job: JobRow, context: ActionContext): Promise<StoredSpec> {
  const { deployment, settings } = scene
  const id = `release-${deployment.id}`
  const kept = StoredSpec.safeParse(deployment.release_spec)
  if (kept.success) return { ...kept.data, id }
  await context.log('system', 'Sealing the built workspace as a layer')
  const layer = await context.sandbox.snapshot(`${id}-${job.attempt}`)
  const { startCommand, port, healthCheckPath, environmentVariables } = settings.validation
  return {
    id,
    layers: [...context.request.layers, layer],
    startCommand,
    port,
    healthPath: healthCheckPath,
    env: environmentVariables,
    fromSecrets: settings.deployment.environmentVariables,
    limits: limitsOf(settings),
  }
}

/** Rolls out; when a person or a time-out ends the job meanwhile, the traffic goes back before it ends. */
async function rollOut(
  scene: Scene,
  request: RolloutRequest,
  context: ActionContext,
): Promise<RolloutResult> {
  try {
    return await rollout(request)
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'rollout-abandoned') throw error
    const why: unknown = context.signal.reason
    if (why instanceof Failure && (why.code === 'worker-stopping' || why.code === 'job-lost')) throw error
    const reason = why instanceof Failure ? why.message : 'The deployment ran out of time or was cancelled.'
    if (scene.deployment.status === 'watching') {
      return await rollout({ ...request, signal: undefined, resumeAt: 'rolling_back', resumeReason: reason })
    }
    await request.target.stop(request.spec.id)
    return { outcome: 'failed', reason }
  }
}

/** Stores each step before its side effect, and tells the log. */
async function record(
  scene: Scene,
  context: ActionContext,
  event: RolloutEvent,
  previousId: string | null,
  spec: ReleaseSpec,
): Promise<void> {
  switch (event.type) {
    case 'starting':
      await context.log(
        'system',
        `Starting the release beside ${previousId ? 'the live one' : 'nothing: it is the first'}`,
      )
      if (scene.deployment.status !== 'queued') return
      return await store(
        scene,
        { type: 'start' },
        {
          release_spec: spec,
          previous_deployment_id: previousId,
        },
      )
    case 'started':
      await context.log('system', 'Started; checking its health')
      return await store(scene, { type: 'started' }, { release: 'running' })
    case 'switching':
      await context.log('system', `Healthy (${event.detail}); the traffic goes to it`)
      return await store(scene, { type: 'traffic_switched' })
    case 'switched':
      return await context.log('system', `Serving http://${scene.environment.host}; watching it`)
    case 'watched': {
      const { health, requests, errors, elapsedMs } = event
      const at = scene.deps.clock.now().toISOString()
      const seen = { healthy: health.healthy, detail: health.detail, at }
      await setHealth(scene.deps.db, { id: scene.deployment.id, health: seen }).catch((error: unknown) => {
        // The watch goes on while the database is away; the next reading is as good.
        if (!(error instanceof Failure) || error.code !== 'database-lost') throw error
      })
      const words = `${(elapsedMs / 1000).toFixed(1)} s: ${health.healthy ? 'healthy' : 'UNHEALTHY'}, ${health.detail}`
      return await context.log('system', `${words}; ${requests} requests, ${errors} errors`)
    }
    case 'rolling_back':
      await context.log('system', `Rolling back: ${event.reason}`)
      return await storeRollingBack(scene, event.reason)
    case 'watch_passed':
      await context.log('system', 'The watch is over: it is live')
      return await goLive(scene)
  }
}

/** One transition of the deployment, behind its fence. */
async function store(scene: Scene, event: DeploymentEvent, patch: DeploymentPatch = {}): Promise<void> {
  const { id, fence } = scene.deployment
  const now = scene.deps.clock.now()
  const moved = await persist(scene.deps, () =>
    moveDeployment(scene.deps.db, { id, fence, event, now, patch }),
  )
  if (!moved.ok) throw new Failure('job-lost', moved.reason)
  scene.deployment = moved.row
}

async function storeRollingBack(scene: Scene, reason: string): Promise<void> {
  const { id, fence } = scene.deployment
  if (scene.deployment.reason) return
  const row = await persist(scene.deps, () => setRollingBack(scene.deps.db, { id, fence, reason }))
  if (!row) throw new Failure('job-lost', 'Another worker took this deployment over.')
  scene.deployment = row
}

/** Live, the earlier one superseded, and the environment pointing to it: all of it or nothing. */
async function goLive(scene: Scene): Promise<void> {
  const { deps, deployment } = scene
  const now = deps.clock.now()
  const event = { type: 'watch_passed' } as const
  const moved = await persist(deps, () =>
    moveDeployment(deps.db, {
      id: deployment.id,
      fence: deployment.fence,
      event,
      now,
      also: async (tx) => {
        const environment = await findEnvironment(tx, deployment.environment_id)
        if (!environment) throw new Failure('job-lost', 'The environment was deleted.')
        const before = environment.live_deployment_id
        const old = before && before !== deployment.id ? await findDeployment(tx, before) : undefined
        const { id, fence } = environment
        if (!(await setLive(tx, { id, fence, deploymentId: deployment.id }))) {
          throw new Failure('job-lost', 'Another deployment went live meanwhile.')
        }
        if (old?.conclusion !== 'live') return
        await moveDeployment(tx, { id: old.id, fence: old.fence, event: { type: 'superseded' }, now })
      },
    }),
  )
  if (!moved.ok) throw new Failure('job-lost', moved.reason)
  scene.deployment = moved.row
}

async function conclude(
  scene: Scene,
  context: ActionContext,
  result: RolloutResult,
  previousId: string | undefined,
) {
  const { deps, deployment } = scene
  await context.log('system', result.reason)
  if (result.outcome === 'live') {
    if (previousId && previousId !== deployment.id) {
      await setRelease(deps.db, { id: previousId, release: 'stopped' })
    }
    return { outputs: { outcome: 'live', host: scene.environment.host } }
  }
  await store(scene, { type: 'unhealthy', reason: result.reason }, { release: 'stopped' })
  throw new Failure(`deployment-${result.outcome}`, result.reason)
}
