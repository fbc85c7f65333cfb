import { describe, expect, test } from 'vitest'
import { type ChangeEvent, type ChangeState, newChange, transitionChange } from './change.ts'

const proposed: ChangeState = { ...newChange, hasPullRequest: true, fixAttempts: 1, fingerprints: ['old'] }
const asked: ChangeState = { ...proposed, status: 'waiting', reason: 'It waits.' }

/** Every place that a change can be at, by the words that a refusal has for it. */
const places = {
  working: newChange,
  validating: { ...proposed, status: 'validating' },
  fixing: { ...proposed, status: 'fixing', reason: 'Test failed', retryAt: 9000 },
  'waiting for plan': { ...asked, waitingFor: 'plan', hasPullRequest: false },
  'waiting for merge': { ...asked, waitingFor: 'merge' },
  'waiting for approval': { ...asked, waitingFor: 'approval' },
  'waiting for help': { ...asked, waitingFor: 'help' },
  merging: { ...proposed, status: 'merging' },
  deploying: { ...proposed, status: 'deploying' },
  completed: { ...proposed, status: 'completed', conclusion: 'merged' },
} satisfies Record<string, ChangeState>
type Place = keyof typeof places

const policy = { maxAttempts: 3, backoffMs: 1000 }
const evidence = { fingerprint: 'new', policy, hasAgent: true }
/** What a move leaves of the place that it was at: no question, no reason, no time to wait for. */
const onward = { conclusion: null, waitingFor: null, reason: null, retryAt: null } as const
const help = { ...onward, status: 'waiting', waitingFor: 'help', reason: 'Why.' } as const
const work = { ...onward, status: 'working' } as const
const validate = { ...onward, status: 'validating' } as const
const failed: Partial<ChangeState> = {
  ...onward,
  status: 'fixing',
  reason: 'Why.',
  retryAt: 5000 + 2000,
  fingerprints: ['old', 'new'],
}
const over = { ...onward, status: 'completed', reason: 'Why.' } as const
const asking: Place[] = ['waiting for plan', 'waiting for merge', 'waiting for approval', 'waiting for help']

interface Row {
  says: string
  event: ChangeEvent
  /** Where it may come; everywhere else it is refused. */
  from: Place[]
  to: Partial<ChangeState>
  stored: string
}

const rows: Row[] = [
  {
    says: 'code opens a pull request and is proven',
    event: { type: 'agent_answered', responseType: 'pr', autoConfirm: false },
    from: ['working'],
    to: { ...validate, hasPullRequest: true },
    stored: 'change.validating',
  },
  {
    says: 'words end it, for there is nothing to land',
    event: { type: 'agent_answered', responseType: 'regular', autoConfirm: false },
    from: ['working'],
    to: { ...over, conclusion: 'answered', reason: null },
    stored: 'change.answered',
  },
  {
    says: 'a plan is shown to a person',
    event: { type: 'agent_answered', responseType: 'plan', autoConfirm: false },
    from: ['working'],
    to: {
      ...onward,
      status: 'waiting',
      waitingFor: 'plan',
      reason: 'The plan waits for your word.',
    },
    stored: 'change.planned',
  },
  {
    says: 'a plan that confirms itself is carried out',
    event: { type: 'agent_answered', responseType: 'plan', autoConfirm: true },
    from: ['working'],
    to: work,
    stored: 'change.plan_confirmed',
  },
  {
    says: 'an agent that broke needs a person',
    event: { type: 'agent_failed', reason: 'Why.' },
    from: ['working'],
    to: help,
    stored: 'change.stuck',
  },
  {
    says: 'a confirmed plan is carried out',
    event: { type: 'plan_confirmed' },
    from: ['waiting for plan'],
    to: work,
    stored: 'change.plan_confirmed',
  },
  {
    says: 'a rejected plan ends it, with the reason',
    event: { type: 'plan_rejected', reason: 'Why.' },
    from: ['waiting for plan'],
    to: { ...over, conclusion: 'rejected' },
    stored: 'change.rejected',
  },
  {
    says: 'a word of a person gives the agent all of its attempts again',
    event: { type: 'message' },
    from: asking,
    to: { ...work, fixAttempts: 0, fingerprints: [] },
    stored: 'change.resumed',
  },
  {
    says: 'a red validation goes back to the agent after a while that doubles',
    event: { type: 'validation_failed', summary: 'Why.', ...evidence },
    from: ['validating'],
    to: failed,
    stored: 'change.fix_scheduled',
  },
  {
    says: 'the agent begins with the fix, which counts',
    event: { type: 'fix_started' },
    from: ['fixing'],
    to: { ...work, fixAttempts: 2 },
    stored: 'change.fix_started',
  },
  {
    says: 'green gates let it land',
    event: { type: 'gates_green' },
    from: ['validating'],
    to: { ...onward, status: 'merging' },
    stored: 'change.gates_green',
  },
  {
    says: 'a gate that waits asks a person what it waits for',
    event: { type: 'gates_wait', waitingFor: 'approval', reason: 'Why.' },
    from: ['validating'],
    to: { ...help, waitingFor: 'approval' },
    stored: 'change.waiting',
  },
  {
    says: 'an approval holds for its commit, and all is proven again',
    event: { type: 'approved', commit: 'abc' },
    from: ['waiting for approval'],
    to: { ...validate, approvedCommit: 'abc' },
    stored: 'change.approved',
  },
  {
    says: 'a person lets it land',
    event: { type: 'merge_requested' },
    from: ['waiting for merge'],
    to: { ...onward, status: 'merging' },
    stored: 'change.merge_requested',
  },
  {
    says: 'a base that moved asks for a new proof',
    event: { type: 'base_moved' },
    from: ['merging'],
    to: validate,
    stored: 'change.base_moved',
  },
  {
    says: 'a conflict is evidence for the agent',
    event: { type: 'conflict', reason: 'Why.', ...evidence },
    from: ['validating', 'merging'],
    to: failed,
    stored: 'change.fix_scheduled',
  },
  {
    says: 'a conflict without an agent is for a person, and is no failure seen',
    event: { type: 'conflict', reason: 'Why.', ...evidence, hasAgent: false },
    from: ['validating', 'merging'],
    to: help,
    stored: 'change.conflict',
  },
  {
    says: 'what is merged is deployed where something deploys',
    event: { type: 'merged', deploys: true },
    from: ['merging'],
    to: { ...onward, status: 'deploying' },
    stored: 'change.merged',
  },
  {
    says: 'what is merged is over where nothing deploys',
    event: { type: 'merged', deploys: false },
    from: ['merging'],
    to: { ...over, conclusion: 'merged', reason: null },
    stored: 'change.merged',
  },
  {
    says: 'what is live is over',
    event: { type: 'deployed' },
    from: ['deploying'],
    to: { ...over, conclusion: 'deployed', reason: null },
    stored: 'change.deployed',
  },
  {
    says: 'a release that went back is over, with the reason',
    event: { type: 'deploy_rolled_back', reason: 'Why.' },
    from: ['deploying'],
    to: { ...over, conclusion: 'rolled_back' },
    stored: 'change.rolled_back',
  },
  {
    says: 'a release that never came up is over, with the reason',
    event: { type: 'deploy_failed', reason: 'Why.' },
    from: ['deploying'],
    to: { ...over, conclusion: 'deploy_failed' },
    stored: 'change.deploy_failed',
  },
  {
    says: 'a person has the pull request proven again',
    event: { type: 'revalidate' },
    from: ['waiting for merge', 'waiting for approval', 'waiting for help'],
    to: validate,
    stored: 'change.revalidating',
  },
  {
    says: 'a fault of the platform is for a person, where none is asked yet and no release is half done',
    event: { type: 'machine_failed', reason: 'Why.' },
    from: ['working', 'validating', 'fixing', 'merging'],
    to: help,
    stored: 'change.stuck',
  },
  {
    says: 'a person ends it, as long as nothing lands',
    event: { type: 'cancel', reason: 'Why.' },
    from: ['working', 'validating', 'fixing', ...asking],
    to: { ...over, conclusion: 'cancelled' },
    stored: 'change.cancelled',
  },
]

describe.each(rows)('$event.type: $says', ({ event, from, to, stored }) => {
  test.each(from)('%s takes it', (place) => {
    const state = { ...places[place] }
    expect(transitionChange(state, event, 5000)).toEqual({
      ok: true,
      state: { ...state, ...to },
      event: stored,
    })
  })

  const elsewhere = Object.entries(places).filter(([place]) => !from.some((taken) => taken === place))
  test.each(elsewhere)('%s refuses it', (place, state) => {
    expect(transitionChange(state, event, 5000)).toEqual({
      ok: false,
      reason: `a change that is ${place} cannot take "${event.type}"`,
    })
  })
})

describe('what a person reads who is asked for help', () => {
  const answer: ChangeEvent = { type: 'agent_answered', responseType: 'regular', autoConfirm: false }
  const red = (more: Partial<Extract<ChangeEvent, { type: 'validation_failed' }>> = {}): ChangeEvent => ({
    type: 'validation_failed',
    summary: 'Test failed.',
    ...evidence,
    ...more,
  })
  const validating = (more: Partial<ChangeState>): ChangeState => ({ ...places.validating, ...more })

  test.each<[string, ChangeState, ChangeEvent, string]>([
    ['an agent that changed nothing', proposed, answer, 'The agent answered without changing any code.'],
    ['a failure where no agent is', validating({}), red({ hasAgent: false }), 'Test failed.'],
    [
      'a failure seen before',
      validating({}),
      red({ fingerprint: 'old' }),
      'The same failure came twice, so no further fix was tried: Test failed.',
    ],
    [
      'a failure after the only attempt',
      validating({}),
      red({ policy: { maxAttempts: 1, backoffMs: 0 } }),
      'Still failing after 1 fix attempt: Test failed.',
    ],
    [
      'a failure after all attempts',
      validating({ fixAttempts: 3 }),
      red(),
      'Still failing after 3 fix attempts: Test failed.',
    ],
    [
      'a failure where no attempt is allowed',
      validating({ fixAttempts: 0 }),
      red({ policy: { maxAttempts: 0, backoffMs: 0 } }),
      'Test failed.',
    ],
  ])('%s', (_name, state, event, reason) => {
    expect(transitionChange(state, event, 0)).toMatchObject({
      ok: true,
      state: { status: 'waiting', waitingFor: 'help', reason },
      event: 'change.stuck',
    })
  })

  test('every failure is remembered, also the one that no fix follows', () => {
    const seen = transitionChange(validating({}), red({ hasAgent: false }), 0)
    expect(seen).toMatchObject({ state: { fingerprints: ['old', 'new'] } })
  })
})
