import { assertNever } from '../base/assert-never.ts'
import { accepted, type Conclusion, refused, type Status, type Transition } from './status.ts'

/** One step of one attempt of a job. `outcome` is before continue-on-error, `conclusion` after it. */
export interface StepState {
  status: Status
  outcome: Conclusion | null
  conclusion: Conclusion | null
  startedAt: number | null
  completedAt: number | null
}

export type StepEvent = { type: 'start' } | { type: 'complete'; outcome: Conclusion; conclusion: Conclusion }

export const newStep: StepState = {
  status: 'queued',
  outcome: null,
  conclusion: null,
  startedAt: null,
  completedAt: null,
}

export function transitionStep(state: StepState, event: StepEvent, nowMs: number): Transition<StepState> {
  if (state.status === 'completed') return refused('step', state.status, event.type)
  switch (event.type) {
    case 'start':
      if (state.status !== 'queued') return refused('step', state.status, event.type)
      return accepted({ ...state, status: 'in_progress', startedAt: nowMs }, 'step.started')
    case 'complete':
      return accepted(
        {
          ...state,
          status: 'completed',
          outcome: event.outcome,
          conclusion: event.conclusion,
          startedAt: state.startedAt ?? nowMs,
          completedAt: nowMs,
        },
        'step.completed',
      )
    default:
      return assertNever(event)
  }
}
