import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { ReleaseSpec, RouteStatus } from '@signalbox/engine/deploy/port.ts'
import { z } from 'zod'
import {
  activeDeployment,
  findDeployment,
  keptReleases,
  listDeployments,
  setHealth,
  setRelease,
} from '../db/deployments.ts'
import { type EnvironmentRow, findEnvironment, listEnvironments } from '../db/environments.ts'
import { findProject } from '../db/projects.ts'
import type { WorkerDeps } from './deps.ts'

/** A release as a deployment's row keeps it. */
export const StoredSpec = z.object({
  id: z.string(),
  layers: z.array(z.string()),
  startCommand: z.string(),
  port: z.int(),
  healthPath: z.string(),
  env: z.record(z.string(), z.string()),
  /** Templates that name secrets and variables: their values stand in no row. */
  fromSecrets: z.record(z.string(), z.string()).default({}),
  limits: z.object({ memoryBytes: z.number(), pids: z.number(), cpus: z.number(), diskBytes: z.number() }),
}) satisfies z.ZodType<ReleaseSpec>

export type StoredSpec = z.infer<typeof StoredSpec>

const checkTimeoutMs = 3000
const drainMs = 10_000

/**
 * Brings what is live back and keeps it so: a release that does not run is started again, the ingress is told
 * when it serves another, its health is stored; releases that no deployment needs are stopped, and those
 * beyond the kept ones removed. Idempotent; an environment's trouble is its own.
 */
export async function tendReleases(deps: WorkerDeps): Promise<void> {
  const environments = await listEnvironments(deps.db)
  const routes = await deps.ingress.routes()
  for (const environment of environments) {
    try {
      await tend(deps, environment.id, routes)
    } catch (error) {
      deps.log.warn({ err: error, host: environment.host }, 'the live release could not be tended')
    }
  }
  const hosts = new Set(environments.map((environment) => environment.host))
  for (const route of routes.filter((candidate) => !hosts.has(candidate.host))) {
    await deps.ingress.removeRoute(route.host)
    await deps.target.stop(route.releaseId)
    await deps.target.remove(route.releaseId)
  }
}

/**
 * The environment while no deployment of it is under way: then its job owns the route and the releases on both
 * sides. Asked anew before each side effect: a deployment may have gone live since the last look.
 */
async function settled(deps: WorkerDeps, id: string): Promise<EnvironmentRow | undefined> {
  // In this order: one that is over by now is in the row that is read after it.
  if (await activeDeployment(deps.db, id)) return undefined
  return await findEnvironment(deps.db, id)
}

async function tend(deps: WorkerDeps, environmentId: string, routes: RouteStatus[]): Promise<void> {
  const environment = await settled(deps, environmentId)
  if (!environment) return
  const id = environment.live_deployment_id
  const live = id ? await findDeployment(deps.db, id) : undefined
  const spec = live && StoredSpec.safeParse(live.release_spec)
  if (!live || !spec?.success) return await tendEmpty(deps, environment, routes)
  const isLive = async () => (await settled(deps, environmentId))?.live_deployment_id === live.id
  if (!(await isLive())) return
  const { socketPath } = await deps.target.start(spec.data)
  if (live.release !== 'running') await setRelease(deps.db, { id: live.id, release: 'running' })
  const route = routes.find((candidate) => candidate.host === environment.host)
  if (route?.releaseId !== spec.data.id) {
    if (!(await isLive())) return
    await deps.ingress.setRoute({ host: environment.host, releaseId: spec.data.id, socketPath })
  }
  const health = await deps.target.check(spec.data, checkTimeoutMs)
  const at = deps.clock.now().toISOString()
  await setHealth(deps.db, { id: live.id, health: { healthy: health.healthy, detail: health.detail, at } })
  if (!(await stopUnneeded(deps, environment, isLive)) || !(await isLive())) return
  await removeOld(deps, environment.id, environment.project_id, live.id)
}

/** Nothing is live: a first deployment that was broken off must keep neither the traffic nor its process. */
async function tendEmpty(
  deps: WorkerDeps,
  environment: EnvironmentRow,
  routes: RouteStatus[],
): Promise<void> {
  const isEmpty = async () => (await settled(deps, environment.id))?.live_deployment_id === null
  if (!(await isEmpty())) return
  if (routes.some((route) => route.host === environment.host))
    await deps.ingress.removeRoute(environment.host)
  await stopUnneeded(deps, environment, isEmpty)
}

/**
 * What a crash left running: between "live" and "the old one is stopped", or between a start and its row.
 * False when a deployment began meanwhile.
 */
async function stopUnneeded(
  deps: WorkerDeps,
  environment: EnvironmentRow,
  isLive: () => Promise<boolean>,
): Promise<boolean> {
  const recent = await listDeployments(deps.db, { environmentId: environment.id, limit: 20 })
  for (const deployment of recent) {
    if (deployment.id === environment.live_deployment_id || deployment.status !== 'completed') continue
    const started = deployment.release === 'none' && deployment.release_spec !== null
    if (!started && deployment.release !== 'running') continue
    if (!(await isLive())) return false
    const releaseId = `release-${deployment.id}`
    await deps.ingress.drained(releaseId, drainMs)
    await deps.target.stop(releaseId)
    await setRelease(deps.db, { id: deployment.id, release: 'stopped' })
  }
  return true
}

async function removeOld(deps: WorkerDeps, environmentId: string, projectId: string, liveId: string) {
  const project = await findProject(deps.db, projectId)
  const { keepReleases } = ProjectSettings.parse(project?.settings ?? {}).deployment
  const kept = (await keptReleases(deps.db, environmentId)).filter((deployment) => deployment.id !== liveId)
  const live = await findDeployment(deps.db, liveId)
  const used = new Set(layersOf(live?.release_spec))
  const good = kept.filter((deployment) => deployment.conclusion === 'superseded').slice(0, keepReleases)
  // Of those that failed only the newest stays, for a look at its output: they never push a good one out.
  const failed = kept.filter((deployment) => deployment.conclusion !== 'superseded').slice(0, 1)
  const stays = new Set([...good, ...failed].map((deployment) => deployment.id))
  for (const deployment of kept) {
    if (stays.has(deployment.id)) {
      for (const layer of layersOf(deployment.release_spec)) used.add(layer)
      continue
    }
    const spec = StoredSpec.safeParse(deployment.release_spec)
    if (spec.success) {
      await deps.target.stop(`release-${deployment.id}`)
      await deps.target.remove(`release-${deployment.id}`)
      // Only its own layer: one of an install is a snapshot, which others may stand on.
      for (const layer of spec.data.layers.filter((path) => !used.has(path))) {
        const name = layer.split('/').pop() ?? ''
        if (name.startsWith('release-')) await deps.provider.deleteSnapshot(name)
      }
    }
    await setRelease(deps.db, { id: deployment.id, release: 'removed' })
  }
}

/** The layers that a stored release spec names; none when it cannot be read. */
export function layersOf(spec: unknown): string[] {
  const parsed = StoredSpec.safeParse(spec)
  return parsed.success ? parsed.data.layers : []
}

/** Stops every live release, as Ctrl-C asks; the rows stay, so that the next start brings them back. */
export async function stopReleases(deps: Pick<WorkerDeps, 'db' | 'target'>): Promise<string[]> {
  const stopped: string[] = []
  for (const environment of await listEnvironments(deps.db)) {
    for (const deployment of await keptReleases(deps.db, environment.id)) {
      const spec = StoredSpec.safeParse(deployment.release_spec)
      if (!spec.success || (await deps.target.state(spec.data.id)) !== 'running') continue
      await deps.target.stop(spec.data.id)
      stopped.push(`${environment.host} (${deployment.commit_id.slice(0, 8)})`)
    }
  }
  return stopped
}
