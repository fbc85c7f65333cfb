import type { LegState, JobState as PlannedJob } from '@signalbox/core/plan/job-state.ts'
import type { JobRequest, Json } from '@signalbox/engine/job/port.ts'
import { z } from 'zod'
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
    run_attempt: String(run.attempt),
    event_name: run.event_name ?? (run.kind === 'validation' ? 'pull_request' : 'workflow_dispatch'),
    // In the event inputs are texts; the context `inputs` has their types.
    event: run.event_name
      ? run.event
      : {
          inputs: Object.fromEntries(
            Object.entries(run.inputs).map(([name, value]) => [name, String(value)]),
          ),
        },
    sha: run.commit_id,
    ref: run.ref,
    ref_name: refName,
    ref_type: run.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ...partsOf(run.event),
    workspace: '/workspace',
  }
}

/** Who made it happen, and the two branches of a pull request. */
const EventParts = z.object({
  sender: z.object({ login: z.string() }).optional(),
  pull_request: z
    .object({ head: z.object({ ref: z.string() }), base: z.object({ ref: z.string() }) })
    .optional(),
})

function partsOf(event: RunRow['event']) {
  const { sender, pull_request: pullRequest } = EventParts.safeParse(event).data ?? {}
  const actor = sender?.login ?? 'signalbox'
  return {
    actor,
    triggering_actor: actor,
    head_ref: pullRequest?.head.ref ?? '',
    base_ref: pullRequest?.base.ref ?? '',
  }
}

/** Jobs as the planner knows them: a queued row was not handed to any worker as far as the plan is concerned. */
export function plannedStates(jobs: JobRow[]): Record<string, PlannedJob> {
  const states: Record<string, PlannedJob> = {}
  for (const [key, rows] of Map.groupBy(jobs, (job) => job.job_key)) {
    const [first] = rows
    if (!first) continue
    if (first.leg !== null) states[key] = legsOf(rows)
    else if (first.status !== 'queued') states[key] = stateOf(first)
  }
  return states
}

/** The row of a job that is no leg, or of a leg by its place. */
export function rowOf(jobs: JobRow[], which: { key: string; leg?: number }): JobRow | undefined {
  return jobs.find((job) => job.job_key === which.key && job.leg === (which.leg ?? null))
}

function legsOf(rows: JobRow[]): PlannedJob {
  const legs = rows.toSorted((a, b) => (a.leg ?? 0) - (b.leg ?? 0))
  const strategy = legs[0]?.strategy
  return {
    status: 'in_progress',
    legs: {
      states: legs.map((leg) => ({ ...stateOf(leg), combination: leg.matrix ?? {} })),
      failFast: strategy?.failFast ?? true,
      maxParallel: strategy?.maxParallel,
    },
  }
}

function stateOf(job: JobRow): LegState {
  return {
    status: job.status,
    conclusion: plannable(job.conclusion),
    outputs: job.outputs,
    completedAt: job.completed_at?.getTime(),
  }
}

function plannable(conclusion: JobRow['conclusion']): PlannedJob['conclusion'] {
  if (conclusion === null) return undefined
  if (conclusion === 'neutral') return 'success'
  return conclusion === 'action_required' ? 'failure' : conclusion
}

/** Which leg of its matrix a job is; undefined without one. */
export function legOf(job: JobRow): JobRequest['leg'] {
  if (job.leg === null) return undefined
  const { total, failFast, maxParallel } = job.strategy ?? { total: 1, failFast: true }
  return { combination: job.matrix ?? {}, index: job.leg, total, failFast, maxParallel }
}
