import { EnvironmentRules, ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { JobView } from '@signalbox/core/contract/views/runs.ts'
import { decideEnvironment } from '@signalbox/core/gates/environment-rules.ts'
import { environmentReviews } from '../../db/environment-reviews.ts'
import { findProject } from '../../db/projects.ts'
import type { JobRow, RunRow } from '../../db/state-of.ts'
import type { ServerDeps } from '../server-deps.ts'

/** The environments of a run's jobs by the job's id, each with what it waits for in words. */
export type ShownEnvironments = ReadonlyMap<
  string,
  { view: NonNullable<JobView['environment']>; waitsFor: string | null }
>

/** What a run's jobs say of their environments; nothing is read for a run without any. */
export async function environmentsOf(
  deps: Pick<ServerDeps, 'db' | 'clock'>,
  run: RunRow,
  jobs: JobRow[],
): Promise<ShownEnvironments> {
  const shown = new Map<string, { view: NonNullable<JobView['environment']>; waitsFor: string | null }>()
  if (!jobs.some((job) => job.environment)) return shown
  const project = await findProject(deps.db, run.project_id)
  const settings = ProjectSettings.parse(project?.settings ?? {})
  const said = await environmentReviews(deps.db, run.id)
  const now = deps.clock.now().getTime()
  for (const job of jobs) {
    const name = job.environment
    if (!name) continue
    const reviews = said
      .filter((review) => review.environment === name)
      .map(({ user_name: by, decision, comment, at }) => ({ by, decision, comment, at: at.toISOString() }))
    const rules = settings.environments[name] ?? EnvironmentRules.parse({})
    const since = job.environment_since?.getTime() ?? now
    const verdict = decideEnvironment(rules, { environment: name, ref: run.ref, reviews, since, now })
    const waits = job.status === 'queued' && verdict.state === 'waits' ? verdict : undefined
    shown.set(job.id, {
      view: { name, url: job.environment_url, missing: waits?.missing ?? 0, reviews },
      waitsFor: waits?.reason ?? null,
    })
  }
  return shown
}
