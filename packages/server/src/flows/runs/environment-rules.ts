import { Failure } from '@signalbox/core/base/failure.ts'
import { EnvironmentRules, ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { decideEnvironment } from '@signalbox/core/gates/environment-rules.ts'
import { environmentName } from '@signalbox/core/plan/environment-name.ts'
import type { JobEnvironment } from '@signalbox/core/workflow/model.ts'
import { inTransaction } from '../../db/connect.ts'
import { environmentReviews, setEnvironmentReview, setJobEnvironment } from '../../db/environment-reviews.ts'
import { jobsByRun } from '../../db/jobs.ts'
import { findProject } from '../../db/projects.ts'
import { findRun } from '../../db/runs.ts'
import type { JobRow, RunRow } from '../../db/state-of.ts'
import { findUser } from '../../db/users.ts'
import { appendEvent } from '../../events/append.ts'
import type { FlowDeps } from '../deps.ts'
import { holdJob } from './hold-job.ts'

/**
 * Whether a job may go to the environment that it names, asked again at each decision: `open`, `waits`, or why it has
 * failed. The name is read once and stored; from then on the clock of its rules runs.
 */
export async function enterEnvironment(
  deps: FlowDeps,
  { run, job }: { run: RunRow; job: JobRow },
  written: JobEnvironment,
  contexts: Parameters<typeof environmentName>[1],
): Promise<'open' | 'waits' | { conclusion: 'failure'; reason: string }> {
  const now = deps.clock.now()
  if (job.environment === null) {
    try {
      job.environment = environmentName(written, contexts)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      return { conclusion: 'failure', reason: `environment: ${error.message}` }
    }
    const environment = job.environment
    await holdJob(
      deps,
      { run, job },
      { data: { environment }, mark: (tx) => setJobEnvironment(tx, { id: job.id, environment, now }) },
    )
    job.environment_since = now
  }
  if (job.environment === '') return 'open'
  const project = await findProject(deps.db, run.project_id)
  const settings = ProjectSettings.parse(project?.settings ?? {})
  const rules = settings.environments[job.environment] ?? EnvironmentRules.parse({})
  const reviews = (await environmentReviews(deps.db, run.id)).filter(
    (one) => one.environment === job.environment,
  )
  const verdict = decideEnvironment(rules, {
    environment: job.environment,
    ref: run.ref,
    reviews: reviews.map(({ user_name: by, decision, comment }) => ({ by, decision, comment })),
    since: job.environment_since?.getTime() ?? now.getTime(),
    now: now.getTime(),
  })
  if (verdict.state === 'refused') return { conclusion: 'failure', reason: verdict.reason }
  return verdict.state
}

/**
 * Stores what a person says about the jobs of a run that wait for an environment, and decides on the run again.
 * Failures `not-found`, `refused` when no job waits for that environment.
 */
export async function reviewEnvironment(
  deps: FlowDeps,
  input: {
    runId: string
    environment: string
    decision: 'approved' | 'rejected'
    comment: string
    userId: string
  },
): Promise<void> {
  const run = await findRun(deps.db, input.runId)
  if (!run) throw new Failure('not-found', 'There is no such run.')
  const environment = input.environment.toLowerCase()
  const jobs = await jobsByRun(deps.db, run.id)
  const waiting = jobs.find((job) => job.status === 'queued' && job.environment === environment)
  if (!waiting) throw new Failure('refused', `No job of this run waits for the environment ${environment}.`)
  const user = await findUser(deps.db, input.userId)
  await inTransaction(deps.db, async (tx) => {
    await setEnvironmentReview(tx, {
      run_id: run.id,
      environment,
      user_id: input.userId,
      user_name: user?.name ?? '',
      decision: input.decision,
      comment: input.comment,
      at: deps.clock.now(),
    })
    await deps.queue.send(tx, 'advance-run', { runId: run.id })
    const { project_id: projectId, change_id: changeId, id: runId } = run
    const data = { environment, decision: input.decision }
    await appendEvent(tx, { type: 'run.reviewed', projectId, changeId, runId, data })
  })
}
