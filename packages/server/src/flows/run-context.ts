import type { JobState as PlannedJob } from '@signalbox/core/plan/plan-jobs.ts'
import type { Json } from '@signalbox/engine/job/port.ts'
import type { JobRow, RunRow } from '../db/state-of.ts'

/** The `github` context of a run, without any token. */
export function githubContextOf(run: RunRow, slug: string): { [key: string]: Json } {
  const refName = run.ref.replace(/^refs\/(heads|tags|pull)\//, '')
  return {
    repository: `signalbox/${slug}`,
    repository_owner: 'signalbox',
    workflow: run.name,
    run_id: run.id,
    run_number: String(run.number),
    run_attempt: '1',
    event_name: run.kind === 'validation' ? 'pull_request' : 'workflow_dispatch',
    event: {},
    sha: run.commit_id,
    ref: run.ref,
    ref_name: refName,
    ref_type: 'branch',
    actor: 'signalbox',
    triggering_actor: 'signalbox',
    workspace: '/workspace',
  }
}

/** Jobs as the planner knows them: a queued row was not handed to any worker as far as the plan is concerned. */
export function plannedStates(jobs: JobRow[]): Record<string, PlannedJob> {
  const started = jobs.filter((job) => job.status !== 'queued')
  return Object.fromEntries(
    started.map((job) => [
      job.key,
      { status: job.status, conclusion: plannable(job.conclusion), outputs: job.outputs },
    ]),
  )
}

function plannable(conclusion: JobRow['conclusion']): PlannedJob['conclusion'] {
  if (conclusion === null) return undefined
  if (conclusion === 'neutral') return 'success'
  return conclusion === 'action_required' ? 'failure' : conclusion
}
