import { SandboxCapabilities } from '@signalbox/core/contract/views/system.ts'
import type { RouteStatus } from '@signalbox/engine/deploy/port.ts'
import { z } from 'zod'
import { may, type Principal, sees } from '../auth/principal.ts'
import { deploymentsByIds } from '../db/deployments.ts'
import { countOpenJobs } from '../db/jobs.ts'
import { listWorkers, machineOf, type WorkerRow } from '../db/workers.ts'
import type { Handlers } from './handlers.ts'
import { createHealth } from './health.ts'
import type { ServerDeps } from './server-deps.ts'

/** A worker that was silent for longer is taken to be dead; its jobs are taken up by others. */
const aliveMs = 30_000

/** What the ingress serves of the projects that this caller sees; a release is named by its deployment. */
async function seenRoutes(
  deps: ServerDeps,
  principal: Principal | undefined,
  routes: RouteStatus[],
): Promise<RouteStatus[]> {
  if (!principal) return []
  if (principal.projects === 'all') return routes
  const ids = routes.map((route) => route.releaseId).filter((id) => z.uuid().safeParse(id).success)
  const deployments = await deploymentsByIds(deps.db, ids)
  return routes.filter((route) => {
    const projectId = deployments.get(route.releaseId)?.project_id
    return projectId !== undefined && sees(principal, projectId)
  })
}

/** Whoever asks while a look is under way gets the answer of that one. */
function together<T>(look: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined
  return () => {
    current ??= look().finally(() => {
      current = undefined
    })
    return current
  }
}

/** Health and what runs here. */
export function systemHandlers(deps: ServerDeps): Pick<Handlers, 'health' | 'getSystem' | 'getDoctor'> {
  const readHealth = createHealth(deps)
  const examine = together(async () => {
    const workers = (await listWorkers(deps.db).catch(() => [])).map((row) =>
      workerView(row, deps.clock.now(), deps.log),
    )
    return await deps.doctor(workers.filter(({ alive }) => alive).flatMap(({ sandbox }) => sandbox))
  })
  return {
    async health(_request, { reply }) {
      const health = await readHealth()
      if (health.status === 'down') reply.code(503)
      return health
    },
    async getDoctor() {
      const findings = await examine()
      return { at: deps.clock.now().toISOString(), findings }
    },
    async getSystem(_request, { principal }) {
      const [health, databaseVersion, workers, jobs, routes] = await Promise.all([
        readHealth(),
        deps.databaseVersion(),
        listWorkers(deps.db),
        countOpenJobs(deps.db),
        deps.ingressRoutes().catch(() => undefined),
      ])
      const { config } = deps
      const steers = principal !== undefined && may(principal, 'system.write')
      return {
        version: deps.version,
        node: process.version,
        // Where things lie on the machine is for those who run it.
        dataDir: steers ? config.dataDir : '',
        startedAt: deps.startedAt.toISOString(),
        health,
        databaseVersion,
        databaseKind: deps.databaseKind,
        workers: workers.map((row) => workerView(row, deps.clock.now(), deps.log)),
        jobsQueued: jobs.queued,
        jobsInProgress: jobs.inProgress,
        ingressPort: routes ? config.ingressPort : null,
        routes: await seenRoutes(deps, principal, routes ?? []),
        limits: {
          maxConcurrentValidations: config.maxConcurrentValidations,
          autoCleanupHours: config.autoCleanupHours,
        },
      }
    },
  }
}

function workerView(row: WorkerRow, now: Date, log: ServerDeps['log']) {
  return {
    id: row.id,
    name: row.name,
    pid: row.pid,
    slots: row.slots,
    labels: [...machineOf(row).labels],
    group: machineOf(row).group,
    alive: now.getTime() - row.heartbeat_at.getTime() < aliveMs,
    startedAt: row.started_at.toISOString(),
    heartbeatAt: row.heartbeat_at.toISOString(),
    sandbox: row.sandbox.flatMap((entry) => {
      // A worker of another version may say it in other words: that one entry is missing, and the log says why.
      const parsed = SandboxCapabilities.safeParse(entry)
      if (!parsed.success)
        log.warn({ workerId: row.id, err: parsed.error }, 'capabilities that nobody can read')
      return parsed.success ? [parsed.data] : []
    }),
  }
}
