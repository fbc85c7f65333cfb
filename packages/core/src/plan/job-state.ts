import type { Contexts } from '../expressions/contexts.ts'
import type { WorkflowJob } from '../workflow/model.ts'
import type { InputValues } from '../workflow/resolve-inputs.ts'
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
  /** Of a job that calls a workflow, once that has begun: it alone says when the job ends. */
  call?: CallState
  /** It was told to stop while the run goes on; of a job that calls a workflow this goes for all of its jobs. */
  cancelRequested?: boolean
  /** It began after what is around it was told to stop: only its own condition wanted that. */
  despiteCancel?: boolean
}

/** What is known of a called workflow. */
export interface CallState {
  /** Its `inputs` context. */
  inputs: InputValues
  jobs: Record<string, JobState | undefined>
}

/** One job that calls a workflow, on the way to a job inside; a leg of its matrix by its place from 0. */
export interface CallStep {
  key: string
  leg?: number
}

/** The calling jobs around a job, the outermost first; left out for the run's own jobs. */
export type CallPath = readonly CallStep[]

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
  /** Why, when it is not the whole run. */
  cancelReason?: string | undefined
}

/** A job's result and outputs as its dependants see them: continue-on-error already counted. */
export type NeedsOf = Record<string, { result: JobConclusion; outputs: Record<string, string> }>

/** A job, or a leg of it, that ends without having run. */
export interface SettledJob {
  calls?: CallPath
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
