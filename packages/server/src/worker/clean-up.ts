import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { sweepActions } from '@signalbox/engine/action-source/create-action-source.ts'
import { listReleaseSpecs } from '@signalbox/engine/deploy/process/release-file.ts'
import { removeStaleUploads } from '@signalbox/engine/services/services.ts'
import { deleteOldAgentSessions } from '../db/agent-sessions.ts'
import { findChange } from '../db/changes.ts'
import { findDeployment, releaseSpecsInUse } from '../db/deployments.ts'
import { listProjects } from '../db/projects.ts'
import { openRunsOfProject } from '../db/runs.ts'
import { listWorkers } from '../db/workers.ts'
import { changeOfKept, keptFor } from '../flows/changes/kept-commits.ts'
import { deleteOldArtifacts } from './actions/artifacts.ts'
import type { WorkerDeps } from './deps.ts'
import { layersOf } from './releases.ts'
import { cacheLimitsOf, uploadsFolder } from './services/job-services.ts'
import { evictProjectCaches } from './services/run-caches.ts'

/** Fetched actions that no job used for so long are fetched again when one does. */
const unusedActionMs = 30 * 24 * 60 * 60_000
const hourMs = 3_600_000
/** Longer than any job may take. */
const uploadMs = 24 * hourMs
const agentSessionMs = 30 * 24 * hourMs

/**
 * Deletes what nothing needs any more and is older than AUTO_CLEANUP_HOURS: sandboxes whose worker is gone,
 * sealed layers that no kept release names, and sessions of agents that nobody goes on with; then has every repository maintained, until `signal` aborts.
 * Returns the names of the layers it deleted.
 */
export async function cleanUp(deps: WorkerDeps, signal?: AbortSignal): Promise<string[]> {
  const before = deps.clock.now().getTime() - deps.config.autoCleanupHours * hourMs
  await reapOldSandboxes(deps, before)
  await removeOrphanedReleases(deps)
  await deleteOldArtifacts(deps)
  await deleteOldCaches(deps)
  await removeStaleUploads(uploadsFolder(deps.config), deps.clock.now().getTime() - uploadMs)
  await sweepActions(join(deps.config.dataDir, 'actions'), unusedActionMs, deps.clock.now().getTime())
  await deleteOldAgentSessions(deps.db, new Date(deps.clock.now().getTime() - agentSessionMs))
  const used = new Set((await releaseSpecsInUse(deps.db)).flatMap(layersOf))
  const folder = join(deps.config.dataDir, 'layers')
  const deleted: string[] = []
  for (const key of await readdir(folder).catch(() => [])) {
    const path = join(folder, key)
    const seen = await stat(path).catch(() => undefined)
    // Kept states of workspaces have rows and rules of their own.
    if (/^(?:install|failed)-/.test(key)) continue
    if (!seen || seen.mtimeMs > before || used.has(path)) continue
    await deps.provider.deleteSnapshot(key)
    deleted.push(key)
  }
  if (deleted.length > 0) deps.log.info({ deleted }, 'deleted layers that no release needs')
  await maintainRepositories(deps, signal)
  return deleted
}

/** Those that nobody asked for, and what a smaller limit leaves no room for. */
async function deleteOldCaches(deps: WorkerDeps): Promise<void> {
  for (const project of await listProjects(deps.db)) {
    const limits = cacheLimitsOf(ProjectSettings.parse(project.settings))
    await evictProjectCaches(deps, project.id, limits)
  }
}

/** One after the other: it is work for when nobody waits. What goes wrong with one is no harm to the next. */
async function maintainRepositories(deps: WorkerDeps, signal: AbortSignal | undefined): Promise<void> {
  for (const project of await listProjects(deps.db)) {
    if (signal?.aborted) return
    await deps
      .forgetFetched(project.id, () => commitsInUse(deps, project.id))
      .catch((error: unknown) => {
        deps.log.warn({ err: error, project: project.slug }, 'fetched commits could not be looked through')
      })
    await releaseEnded(deps, project.id).catch((error: unknown) => {
      deps.log.warn({ err: error, project: project.slug }, 'kept commits could not be looked through')
    })
    await deps.forge.maintain(project.id, signal).catch((error: unknown) => {
      deps.log.warn({ err: error, project: project.slug }, 'a repository could not be maintained')
    })
  }
}

/** What a crash kept for a change that ended meanwhile: its commits may be cleared away now. */
async function releaseEnded(deps: WorkerDeps, projectId: string): Promise<void> {
  const ids = new Set((await deps.forge.keptNames(projectId)).flatMap((name) => changeOfKept(name) ?? []))
  for (const id of ids) {
    const change = await findChange(deps.db, id)
    if (change && change.status !== 'completed') continue
    await deps.forge.releaseCommit(projectId, keptFor(id))
  }
}

/** Releases of projects that were deleted: no row names them any more. */
async function removeOrphanedReleases(deps: WorkerDeps): Promise<void> {
  for (const { id } of await listReleaseSpecs(deps.config.dataDir)) {
    const deploymentId = id.replace(/^release-/, '')
    if (await findDeployment(deps.db, deploymentId)) continue
    await deps.target.stop(id)
    await deps.target.remove(id)
  }
}

/** A worker that said nothing for that long is gone: what it left is ended and deleted. */
async function reapOldSandboxes(deps: WorkerDeps, before: number): Promise<void> {
  for (const worker of await listWorkers(deps.db)) {
    if (worker.id === deps.workerId || worker.heartbeat_at.getTime() > before) continue
    await deps.provider.reapOrphans(worker.id)
    await deps.containers?.reapOrphans(worker.id)
  }
}

async function commitsInUse(deps: WorkerDeps, projectId: string): Promise<string[]> {
  return (await openRunsOfProject(deps.db, projectId)).map((run) => run.commit_id)
}
