import type { Contexts } from '../expressions/contexts.ts'
import type { WorkflowJob } from '../workflow/model.ts'
import type { Combination } from './expand-matrix.ts'

/** How a job ended. */
export type JobConclusion = 'success' | 'failure' | 'cancelled' | 'skipped' | 'timed_out'

/** What is known of one execution: a job without a matrix, or one leg of it. */
export interface LegState {
  status: 'queued' | 'in_progress' | 'completed'
  /** Only when completed. */
  conclusion?: JobConclusion
  outputs?: Record<string, string>
  /** Milliseconds; of several legs the later one's outputs count. */
  completedAt?: number
}

/** The legs of a job whose strategy was expanded, in the order of its combinations. */
export interface Legs {
  states: Array<LegState & { combination: Combination }>
  failFast: boolean
  maxParallel?: number
}

/** What is known of a job; one without a state has not been started. With legs, they alone count. */
export interface JobState extends LegState {
  legs?: Legs
}

/** What conditions of jobs may read, and whether the run was asked to stop. */
export interface PlanOptions {
  contexts?: Pick<Contexts, 'github' | 'inputs' | 'vars'>
  cancelled?: boolean
}

/** A job's result and outputs as its dependants see them: continue-on-error already counted. */
export type NeedsOf = Record<string, { result: JobConclusion; outputs: Record<string, string> }>

/** A job, or a leg of it, that ends without having run. */
export interface SettledJob {
  key: string
  /** Its place among the legs, from 0; undefined for a whole job. */
  leg?: number
  conclusion: 'skipped' | 'cancelled' | 'failure'
  reason: string
}

/** What the jobs above a job came to: its status functions look at all ancestors, not only at its needs. */
export interface Above {
  allSucceeded: boolean
  anyFailed: boolean
}

/** A job while a plan is made. */
export interface Known {
  job: WorkflowJob
  state: JobState | undefined
  /** With continue-on-error counted; undefined until completed. */
  result: JobConclusion | undefined
  outputs: Record<string, string>
  above: Above
}

/** Whether a result counts as a failure of what led to it. */
export function isFailure(result: JobConclusion | undefined): boolean {
  return result === 'failure' || result === 'timed_out'
}
