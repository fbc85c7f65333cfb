import { join } from 'node:path'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { openServices } from '@signalbox/engine/services/open-services.ts'
import type { Services } from '@signalbox/engine/services/services.ts'
import type { ProjectRow } from '../../db/projects.ts'
import { pullRequestByChange } from '../../db/pull-requests.ts'
import type { JobRow, RunRow } from '../../db/state-of.ts'
import { runArtifacts } from '../actions/artifacts.ts'
import type { WorkerDeps } from '../deps.ts'
import { cacheScopesOf } from './cache-scopes.ts'
import { jobIdTokens } from './id-tokens.ts'
import { runCaches } from './run-caches.ts'

/** Where blocks of uploads wait on this machine. */
export function uploadsFolder({ dataDir }: { dataDir: string }): string {
  return join(dataDir, 'uploads')
}

/** A project's limits in the units of the cache store. */
export function cacheLimitsOf({ caches }: ProjectSettings): { maxBytes: number; unusedDays: number } {
  return { maxBytes: caches.maxMb * 1024 * 1024, unusedDays: caches.unusedDays }
}

/** The services that actions of one attempt of a job call; closed with it. */
export async function jobServices(
  deps: WorkerDeps,
  given: { project: ProjectRow; run: RunRow; job: JobRow },
): Promise<Services> {
  const { project, run, job } = given
  const pullRequest = run.change_id === null ? undefined : await pullRequestByChange(deps.db, run.change_id)
  const scopes = cacheScopesOf(run, { base: pullRequest?.base_branch, default: project.default_branch })
  const limits = cacheLimitsOf(ProjectSettings.parse(project.settings))
  const caches = runCaches(deps, { id: run.id, projectId: project.id, scopes, limits })
  const stores = { artifacts: runArtifacts(deps, run), caches, idTokens: jobIdTokens(deps, given) }
  return await openServices(deps.provider, {
    folder: join(uploadsFolder(deps.config), `${job.id}-${job.attempt}`),
    stores: () => stores,
    now: () => deps.clock.now().getTime(),
    onError: (error) => deps.log.error({ err: error, jobId: job.id }, 'a service could not answer a job'),
  })
}
