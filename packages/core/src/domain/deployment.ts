import { assertNever } from '../base/assert-never.ts'
import { accepted, refused, type Transition } from './status.ts'

/**
 * One deployment of one commit to one environment.
 * queued → starting (release built and started beside the old one) → checking (health) → watching (has the
 * traffic) → completed: live, failed (never had the traffic), rolled_back (had it and gave it back),
 * superseded (was live until a later one), cancelled.
 */
export interface DeploymentState {
  status: 'queued' | 'starting' | 'checking' | 'watching' | 'completed'
  conclusion: DeploymentConclusion | null
  /** Why it failed or went back, for a person. */
  reason: string | null
}

export type DeploymentConclusion = 'live' | 'failed' | 'rolled_back' | 'superseded' | 'cancelled'

export type DeploymentEvent =
  | { type: 'start' }
  | { type: 'started' }
  | { type: 'traffic_switched' }
  | { type: 'watch_passed' }
  | { type: 'unhealthy'; reason: string }
  | { type: 'superseded' }
  | { type: 'cancel'; reason: string }

export const newDeployment: DeploymentState = { status: 'queued', conclusion: null, reason: null }

export function transitionDeployment(
  state: DeploymentState,
  event: DeploymentEvent,
): Transition<DeploymentState> {
  const no = refused('deployment', state.conclusion ?? state.status, event.type)
  if (event.type === 'superseded') {
    if (state.conclusion !== 'live') return no
    return accepted({ ...state, conclusion: 'superseded' }, 'deployment.superseded')
  }
  if (state.status === 'completed') return no
  switch (event.type) {
    case 'start':
      if (state.status !== 'queued') return no
      return accepted({ ...state, status: 'starting' }, 'deployment.starting')
    case 'started':
      if (state.status !== 'starting') return no
      return accepted({ ...state, status: 'checking' }, 'deployment.checking')
    case 'traffic_switched':
      if (state.status !== 'checking') return no
      return accepted({ ...state, status: 'watching' }, 'deployment.watching')
    case 'watch_passed':
      if (state.status !== 'watching') return no
      return accepted({ ...state, status: 'completed', conclusion: 'live' }, 'deployment.live')
    case 'unhealthy':
      return accepted(
        {
          status: 'completed',
          conclusion: state.status === 'watching' ? 'rolled_back' : 'failed',
          reason: event.reason,
        },
        state.status === 'watching' ? 'deployment.rolled_back' : 'deployment.failed',
      )
    case 'cancel':
      if (state.status === 'watching') return no
      return accepted(
        { status: 'completed', conclusion: 'cancelled', reason: event.reason },
        'deployment.cancelled',
      )
    default:
      return assertNever(event)
  }
}
