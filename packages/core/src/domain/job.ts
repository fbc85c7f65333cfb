import { assertNever } from '../base/assert-never.ts'
import { accepted, type Conclusion, refused, type Status, type Transition } from './status.ts'

/** One job of a run. `attempt` counts the times a worker took it; each claim raises it and the row's fence. */
export interface JobState {
  status: Status
  conclusion: Conclusion | null
  attempt: number
  workerId: string | null
  startedAt: number | null
  completedAt: number | null
}

export type JobEvent =
  /** A worker takes it: the first, or the next one after a worker was lost. */
  | { type: 'claim'; workerId: string }
  /** The workflow that it calls begins: no worker has it, and the jobs of that workflow end it. */
  | { type: 'call' }
  | { type: 'complete'; conclusion: Conclusion }

export const newJob: JobState = {
  status: 'queued',
  conclusion: null,
  attempt: 0,
  workerId: null,
  startedAt: null,
  completedAt: null,
}

/** A job may be claimed again while in progress: the later claim wins, the earlier writer loses by its fence. */
export function transitionJob(state: JobState, event: JobEvent, nowMs: number): Transition<JobState> {
  if (state.status === 'completed') return refused('job', state.status, event.type)
  switch (event.type) {
    case 'claim':
      return accepted(
        {
          ...state,
          status: 'in_progress',
          attempt: state.attempt + 1,
          workerId: event.workerId,
          startedAt: state.startedAt ?? nowMs,
        },
        'job.started',
      )
    case 'call':
      if (state.status !== 'queued') return refused('job', state.status, event.type)
      return accepted({ ...state, status: 'in_progress', startedAt: nowMs }, 'job.started')
    case 'complete':
      return accepted(
        { ...state, status: 'completed', conclusion: event.conclusion, completedAt: nowMs },
        'job.completed',
      )
    default:
      return assertNever(event)
  }
}
