import type { Workflow } from '../workflow/model.ts'
import type { InputValues } from '../workflow/resolve-inputs.ts'
import { needsOf } from './decide.ts'
import type { ExpandedStrategy } from './expand-matrix.ts'
import type { CallPath, JobConclusion, JobState, NeedsOf, PlanOptions, SettledJob } from './job-state.ts'
import { conclude, type Walk, walkJobs } from './walk-jobs.ts'

/** What is next. `settle` is to be stored like results; what follows from it is already counted. */
export interface Plan {
  /** Jobs and legs (their place from 0) that may start now, those of called workflows after their caller's. */
  start: Array<{ calls?: CallPath; key: string; leg?: number; needs: NeedsOf }>
  /** Jobs that may start as legs: to be stored as such, then planned again. */
  expand: Array<{ calls?: CallPath; key: string; strategy: ExpandedStrategy; needs: NeedsOf }>
  /** Jobs and legs whose called workflow begins: to be stored with its jobs, then planned again. */
  open: Array<{ calls?: CallPath; key: string; leg?: number; inputs: InputValues; needs: NeedsOf }>
  settle: SettledJob[]
  /** Jobs and legs whose called workflow ended, the innermost first: what they come to, already counted. */
  close: ClosedCall[]
  /** What runs and is to be cancelled, because another leg failed. A called workflow is planned again then. */
  cancel: Array<{ calls?: CallPath; key: string; leg?: number }>
  complete: boolean
  /** Only when complete. */
  conclusion?: JobConclusion
}

/** The end of a called workflow, which is the end of the job that called it. */
export interface ClosedCall {
  calls?: CallPath
  key: string
  leg?: number
  conclusion: JobConclusion
  outputs: Record<string, string>
  /** Why, when its outputs could not be evaluated. */
  reason?: string
}

type States = Readonly<Record<string, JobState | undefined>>

/**
 * Which jobs may start, which end without running, and whether the run is over. Linear in jobs and needs, those of
 * called workflows included.
 */
export function planJobs(workflow: Pick<Workflow, 'jobs'>, states: States, options: PlanOptions = {}): Plan {
  const walk = newWalk()
  const known = [...walkJobs(walk, workflow, states, { options }).values()]
  const { plan } = walk
  const order = new Map(workflow.jobs.map((job, index) => [job.key, index]))
  const placeOf = ({ calls, key }: Plan['start'][number]) => order.get(calls?.[0]?.key ?? key) ?? 0
  // Legs and called jobs stay in their order: sorting is stable.
  plan.start.sort((a, b) => placeOf(a) - placeOf(b))
  const complete = known.every((entry) => entry.result !== undefined)
  if (!complete) return { ...plan, complete }
  return { ...plan, complete, conclusion: conclude(known, options) }
}

/** What the `needs` of one job hold, as the plan sees them now. */
export function needsOfJob(
  workflow: Pick<Workflow, 'jobs'>,
  states: States,
  key: string,
  options: PlanOptions = {},
): NeedsOf {
  const known = walkJobs(newWalk(), workflow, states, { options })
  const entry = known.get(key)
  return entry ? needsOf(entry.job, known) : {}
}

function newWalk(): Walk {
  return { plan: { start: [], expand: [], open: [], settle: [], close: [], cancel: [] }, count: 0 }
}
