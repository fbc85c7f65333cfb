import { assertNever } from '../base/assert-never.ts'
import type { ResponseType } from './agent-run.ts'
import { accepted, refused, type Transition } from './status.ts'

/**
 * One thing on its way from its goal to production.
 * `working`: the agent is at it. `validating`: its pull request's merge commit is being proven. `fixing`: the
 * evidence goes back to the agent, not before `retryAt`. `waiting`: for a person, `waitingFor` says what for.
 * `merging`, `deploying`: as they say. `completed`: `conclusion` says how.
 */
export type ChangeStatus =
  | 'working'
  | 'validating'
  | 'fixing'
  | 'waiting'
  | 'merging'
  | 'deploying'
  | 'completed'

export type ChangeConclusion =
  | 'deployed'
  | 'merged'
  | 'answered'
  | 'rolled_back'
  | 'deploy_failed'
  | 'rejected'
  | 'cancelled'

/** What a person is asked: a plan to confirm, a merge to allow, an edit of policy to approve, help. */
export type WaitingFor = 'plan' | 'merge' | 'approval' | 'help'

export interface ChangeState {
  status: ChangeStatus
  conclusion: ChangeConclusion | null
  waitingFor: WaitingFor | null
  /** One sentence for a person: why it waits or how it ended. */
  reason: string | null
  /** Fix attempts made since a person last helped. */
  fixAttempts: number
  /** Fingerprints of the failures seen, oldest first. */
  fingerprints: string[]
  /** Milliseconds since the epoch: the back-off of `fixing` ends. */
  retryAt: number | null
  /** A pull request is open for it. */
  hasPullRequest: boolean
  /** A person approved edits of policy for this very head commit. */
  approvedCommit: string | null
}

export interface FixPolicy {
  maxAttempts: number
  /** Back-off before the first fix; doubles each time. */
  backoffMs: number
}

export type ChangeEvent =
  | { type: 'agent_answered'; responseType: ResponseType; autoConfirm: boolean }
  | { type: 'agent_failed'; reason: string }
  | { type: 'plan_confirmed' }
  | { type: 'plan_rejected'; reason: string }
  /** A person writes to the agent: it works again. */
  | { type: 'message' }
  | { type: 'validation_failed'; fingerprint: string; summary: string; policy: FixPolicy; hasAgent: boolean }
  | { type: 'fix_started' }
  | { type: 'gates_green' }
  | { type: 'gates_wait'; waitingFor: 'merge' | 'approval'; reason: string }
  | { type: 'approved'; commit: string }
  | { type: 'merge_requested' }
  | { type: 'base_moved' }
  /** The base has moved so that both do not fit together; an agent gets it as evidence. */
  | { type: 'conflict'; reason: string; fingerprint: string; policy: FixPolicy; hasAgent: boolean }
  | { type: 'merged'; deploys: boolean }
  | { type: 'deployed' }
  | { type: 'deploy_rolled_back'; reason: string }
  | { type: 'deploy_failed'; reason: string }
  | { type: 'revalidate' }
  | { type: 'machine_failed'; reason: string }
  | { type: 'cancel'; reason: string }

export const newChange: ChangeState = {
  status: 'working',
  conclusion: null,
  waitingFor: null,
  reason: null,
  fixAttempts: 0,
  fingerprints: [],
  retryAt: null,
  hasPullRequest: false,
  approvedCommit: null,
}

/** A change that arrived as a branch with commits in it: its pull request is there before anything else. */
export const arrivedChange: ChangeState = { ...newChange, status: 'validating', hasPullRequest: true }

const running = { conclusion: null, waitingFor: null, reason: null, retryAt: null } as const

function waiting(state: ChangeState, waitingFor: WaitingFor, reason: string): ChangeState {
  return { ...state, ...running, status: 'waiting', waitingFor, reason }
}

function completed(state: ChangeState, conclusion: ChangeConclusion, reason: string | null): ChangeState {
  return { ...state, ...running, status: 'completed', conclusion, reason }
}

/** The only way a change moves. A refused event leaves it as it is and says why in words. */
export function transitionChange(
  state: ChangeState,
  event: ChangeEvent,
  nowMs: number,
): Transition<ChangeState> {
  const no = refused(
    'change',
    state.waitingFor ? `waiting for ${state.waitingFor}` : state.status,
    event.type,
  )
  if (state.status === 'completed') return no
  switch (event.type) {
    case 'agent_answered':
      return state.status === 'working' ? afterAnswer(state, event) : no
    case 'agent_failed':
      return state.status === 'working' ? accepted(waiting(state, 'help', event.reason), 'change.stuck') : no
    case 'plan_confirmed':
      if (state.waitingFor !== 'plan') return no
      return accepted({ ...state, ...running, status: 'working' }, 'change.plan_confirmed')
    case 'plan_rejected':
      if (state.waitingFor !== 'plan') return no
      return accepted(completed(state, 'rejected', event.reason), 'change.rejected')
    case 'message':
      if (state.status !== 'waiting') return no
      return accepted(
        { ...state, ...running, status: 'working', fixAttempts: 0, fingerprints: [] },
        'change.resumed',
      )
    case 'validation_failed':
      return state.status === 'validating' ? afterFailure(state, event, nowMs) : no
    case 'fix_started':
      if (state.status !== 'fixing') return no
      return accepted(
        { ...state, ...running, status: 'working', fixAttempts: state.fixAttempts + 1 },
        'change.fix_started',
      )
    case 'gates_green':
      if (state.status !== 'validating') return no
      return accepted({ ...state, ...running, status: 'merging' }, 'change.gates_green')
    case 'gates_wait':
      if (state.status !== 'validating') return no
      return accepted(waiting(state, event.waitingFor, event.reason), 'change.waiting')
    case 'approved':
      if (state.waitingFor !== 'approval') return no
      return accepted(
        { ...state, ...running, status: 'validating', approvedCommit: event.commit },
        'change.approved',
      )
    case 'merge_requested':
      if (state.waitingFor !== 'merge') return no
      return accepted({ ...state, ...running, status: 'merging' }, 'change.merge_requested')
    case 'base_moved':
      if (state.status !== 'merging') return no
      return accepted({ ...state, ...running, status: 'validating' }, 'change.base_moved')
    case 'conflict':
      if (state.status !== 'merging' && state.status !== 'validating') return no
      if (!event.hasAgent) return accepted(waiting(state, 'help', event.reason), 'change.conflict')
      return afterFailure(state, { ...event, type: 'validation_failed', summary: event.reason }, nowMs)
    case 'merged':
      if (state.status !== 'merging') return no
      return event.deploys
        ? accepted({ ...state, ...running, status: 'deploying' }, 'change.merged')
        : accepted(completed(state, 'merged', null), 'change.merged')
    case 'deployed':
      if (state.status !== 'deploying') return no
      return accepted(completed(state, 'deployed', null), 'change.deployed')
    case 'deploy_rolled_back':
      if (state.status !== 'deploying') return no
      return accepted(completed(state, 'rolled_back', event.reason), 'change.rolled_back')
    case 'deploy_failed':
      if (state.status !== 'deploying') return no
      return accepted(completed(state, 'deploy_failed', event.reason), 'change.deploy_failed')
    case 'revalidate':
      if (state.status !== 'waiting' || !state.hasPullRequest) return no
      return accepted({ ...state, ...running, status: 'validating' }, 'change.revalidating')
    case 'machine_failed':
      if (state.status === 'waiting' || state.status === 'deploying') return no
      return accepted(waiting(state, 'help', event.reason), 'change.stuck')
    case 'cancel':
      if (state.status === 'merging' || state.status === 'deploying') return no
      return accepted(completed(state, 'cancelled', event.reason), 'change.cancelled')
    default:
      return assertNever(event)
  }
}

function afterAnswer(
  state: ChangeState,
  event: Extract<ChangeEvent, { type: 'agent_answered' }>,
): Transition<ChangeState> {
  switch (event.responseType) {
    case 'regular':
      if (state.hasPullRequest) {
        const reason = 'The agent answered without changing any code.'
        return accepted(waiting(state, 'help', reason), 'change.stuck')
      }
      return accepted(completed(state, 'answered', null), 'change.answered')
    case 'plan':
      if (event.autoConfirm) return accepted({ ...state, ...running }, 'change.plan_confirmed')
      return accepted(waiting(state, 'plan', 'The plan waits for your word.'), 'change.planned')
    case 'pr':
      return accepted(
        { ...state, ...running, status: 'validating', hasPullRequest: true },
        'change.validating',
      )
    default:
      return assertNever(event.responseType)
  }
}

function afterFailure(
  state: ChangeState,
  event: Extract<ChangeEvent, { type: 'validation_failed' }>,
  nowMs: number,
): Transition<ChangeState> {
  const seen = state.fingerprints.includes(event.fingerprint)
  const next = { ...state, fingerprints: [...state.fingerprints, event.fingerprint] }
  if (!event.hasAgent) return accepted(waiting(next, 'help', event.summary), 'change.stuck')
  if (seen) {
    const reason = `The same failure came twice, so no further fix was tried: ${event.summary}`
    return accepted(waiting(next, 'help', reason), 'change.stuck')
  }
  if (state.fixAttempts >= event.policy.maxAttempts) {
    const tried = `Still failing after ${state.fixAttempts} fix attempt${state.fixAttempts === 1 ? '' : 's'}: `
    const reason = `${state.fixAttempts > 0 ? tried : ''}${event.summary}`
    return accepted(waiting(next, 'help', reason), 'change.stuck')
  }
  const retryAt = nowMs + event.policy.backoffMs * 2 ** state.fixAttempts
  return accepted(
    { ...next, ...running, status: 'fixing', retryAt, reason: event.summary },
    'change.fix_scheduled',
  )
}
