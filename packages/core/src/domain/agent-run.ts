import { assertNever } from '../base/assert-never.ts'
import { accepted, refused, type Transition } from './status.ts'

/** How an agent answered: words only, a plan to confirm, or changed code for a pull request. */
export const responseTypes = ['regular', 'plan', 'pr'] as const
export type ResponseType = (typeof responseTypes)[number]

/**
 * One conversation with an agent: turns follow one another, each a run of its own. `idle` waits for the
 * next message; `completed` takes none.
 */
export interface AgentRunState {
  status: 'queued' | 'in_progress' | 'idle' | 'completed'
  conclusion: 'success' | 'failure' | 'cancelled' | null
  turn: number
  responseType: ResponseType | null
}

export type AgentRunEvent =
  | { type: 'start_turn' }
  | { type: 'answer'; responseType: ResponseType }
  | { type: 'fail_turn' }
  /** A person or the platform says something: the next turn is queued. */
  | { type: 'message' }
  | { type: 'close'; conclusion: 'success' | 'failure' | 'cancelled' }

export const newAgentRun: AgentRunState = { status: 'queued', conclusion: null, turn: 1, responseType: null }

export function transitionAgentRun(state: AgentRunState, event: AgentRunEvent): Transition<AgentRunState> {
  if (state.status === 'completed') return refused('agent run', state.status, event.type)
  switch (event.type) {
    case 'start_turn':
      if (state.status === 'idle') return refused('agent run', state.status, event.type)
      return accepted({ ...state, status: 'in_progress' }, 'agent_run.turn_started')
    case 'answer':
      if (state.status !== 'in_progress') return refused('agent run', state.status, event.type)
      return accepted({ ...state, status: 'idle', responseType: event.responseType }, 'agent_run.answered')
    case 'fail_turn':
      if (state.status === 'idle') return refused('agent run', state.status, event.type)
      return accepted({ ...state, status: 'idle', responseType: null }, 'agent_run.turn_failed')
    case 'message':
      if (state.status !== 'idle') return refused('agent run', state.status, event.type)
      return accepted({ ...state, status: 'queued', turn: state.turn + 1 }, 'agent_run.message')
    case 'close':
      return accepted({ ...state, status: 'completed', conclusion: event.conclusion }, 'agent_run.closed')
    default:
      return assertNever(event)
  }
}
