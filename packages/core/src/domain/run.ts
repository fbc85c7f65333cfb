import { assertNever } from '../base/assert-never.ts'
import { accepted, type Conclusion, refused, type Status, type Transition } from './status.ts'

/** One execution of a workflow. Times are milliseconds since the epoch. */
export interface RunState {
  status: Status
  conclusion: Conclusion | null
  startedAt: number | null
  completedAt: number | null
}

export type RunEvent = { type: 'start' } | { type: 'complete'; conclusion: Conclusion }

export const newRun: RunState = { status: 'queued', conclusion: null, startedAt: null, completedAt: null }

/** queued → in_progress → completed; a queued run may complete at once (cancelled, refused). */
export function transitionRun(state: RunState, event: RunEvent, nowMs: number): Transition<RunState> {
  if (state.status === 'completed') return refused('run', state.status, event.type)
  switch (event.type) {
    case 'start':
      if (state.status !== 'queued') return refused('run', state.status, event.type)
      return accepted({ ...state, status: 'in_progress', startedAt: nowMs }, 'run.started')
    case 'complete':
      return accepted(
        { ...state, status: 'completed', conclusion: event.conclusion, completedAt: nowMs },
        'run.completed',
      )
    default:
      return assertNever(event)
  }
}
