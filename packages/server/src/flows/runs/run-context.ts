import type { JobPlace } from '@signalbox/core/plan/job-path.ts'
import type {
  CallPath,
  CallStep,
  LegState,
  Legs,
  JobState as PlannedJob,
} from '@signalbox/core/plan/job-state.ts'
import type { JobRequest, Json } from '@signalbox/engine/job/port.ts'
import { z } from 'zod'
import type { JobRow, RunRow } from '../../db/state-of.ts'

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
  return statesOf(
    Map.groupBy(jobs, (job) => job.caller_id),
    null,
  )
}

type Called = ReadonlyMap<string | null, JobRow[]>

function statesOf(called: Called, caller: string | null): Record<string, PlannedJob> {
  const states: Record<string, PlannedJob> = {}
  for (const [key, rows] of Map.groupBy(called.get(caller) ?? [], (job) => job.job_key)) {
    const [first] = rows
    if (!first) continue
    if (first.leg !== null) states[key] = legsOf(called, rows)
    else if (first.status !== 'queued') states[key] = stateOf(called, first)
  }
  return states
}

const indexes = new WeakMap<JobRow[], Map<string, JobRow>>()

/** The row of a job that is no leg, or of a leg by its place, in what the jobs around it called. */
export function rowOf(jobs: JobRow[], { calls = [], ...which }: JobPlace): JobRow | undefined {
  const known = indexes.get(jobs)
  const nameOf = (caller: string | null, key: string, leg: number | null) => `${caller} ${key} ${leg}`
  const index = known ?? new Map(jobs.map((job) => [nameOf(job.caller_id, job.job_key, job.leg), job]))
  if (!known) indexes.set(jobs, index)
  let row: JobRow | undefined
  for (const { key, leg } of [...calls, which]) row = index.get(nameOf(row?.id ?? null, key, leg ?? null))
  return row
}

/** The calling jobs around a job, the outermost first; left out for one that nobody called. */
export function callsOf(jobs: JobRow[], job: JobRow): CallPath | undefined {
  const byId = new Map(jobs.map((row) => [row.id, row]))
  const path: CallStep[] = []
  for (let id = job.caller_id; id !== null; ) {
    const row = byId.get(id)
    if (row) path.unshift({ key: row.job_key, ...(row.leg !== null && { leg: row.leg }) })
    id = row?.caller_id ?? null
  }
  return path.length > 0 ? path : undefined
}

function legsOf(called: Called, rows: JobRow[]): PlannedJob {
  return { status: 'in_progress', legs: plannedLegs(rows, called) }
}

/** The legs of one job as the planner knows them. */
export function plannedLegs(rows: JobRow[], called: Called = new Map()): Legs {
  const legs = rows.toSorted((a, b) => (a.leg ?? 0) - (b.leg ?? 0))
  const strategy = legs[0]?.strategy
  return {
    states: legs.map((leg) => ({ ...stateOf(called, leg), combination: leg.matrix ?? {} })),
    failFast: strategy?.failFast ?? true,
    maxParallel: strategy?.maxParallel,
  }
}

function stateOf(called: Called, job: JobRow): LegState {
  return {
    status: job.status,
    conclusion: plannable(job.conclusion),
    outputs: job.outputs,
    completedAt: job.completed_at?.getTime(),
    ...(job.call_inputs && { call: { inputs: job.call_inputs, jobs: statesOf(called, job.id) } }),
    cancelRequested: job.cancel_requested,
    despiteCancel: job.despite_cancel,
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
