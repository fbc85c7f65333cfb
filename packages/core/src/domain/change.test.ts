import { describe, expect, test } from 'vitest'
import { type ChangeEvent, type ChangeState, newChange, transitionChange } from './change.ts'

const policy = { maxAttempts: 3, backoffMs: 1000 }
const failed = (fingerprint: string): ChangeEvent => ({
  type: 'validation_failed',
  fingerprint,
  summary: 'Test failed',
  policy,
  hasAgent: true,
})

function walk(events: ChangeEvent[], from: ChangeState = newChange): ChangeState {
  return events.reduce((state, event) => {
    const next = transitionChange(state, event, 5000)
    if (!next.ok) throw new Error(next.reason)
    return next.state
  }, from)
}

const proposed: ChangeEvent = { type: 'agent_answered', responseType: 'pr', autoConfirm: false }

describe('the way of a change', () => {
  test('from goal to production with one fix', () => {
    const end = walk([
      proposed,
      failed('a'),
      { type: 'fix_started' },
      proposed,
      { type: 'gates_green' },
      { type: 'merged', deploys: true },
      { type: 'deployed' },
    ])
    expect(end).toMatchObject({
      status: 'completed',
      conclusion: 'deployed',
      fixAttempts: 1,
      fingerprints: ['a'],
    })
  })

  test('words only end it as answered, but not when a pull request is open', () => {
    const words: ChangeEvent = { type: 'agent_answered', responseType: 'regular', autoConfirm: false }
    expect(walk([words]).conclusion).toBe('answered')
    expect(walk([proposed, failed('a'), { type: 'fix_started' }, words])).toMatchObject({
      status: 'waiting',
      waitingFor: 'help',
    })
  })

  test('a conflict goes to the agent as evidence, the same one twice or without an agent to a person', () => {
    const conflict = (hasAgent: boolean): ChangeEvent => ({
      type: 'conflict',
      reason: 'It conflicts with main: a.txt.',
      fingerprint: 'conflict-1',
      policy,
      hasAgent,
    })
    const help = { status: 'waiting', waitingFor: 'help' }
    expect(walk([proposed, conflict(false)])).toMatchObject(help)
    expect(walk([proposed, conflict(true)])).toMatchObject({
      status: 'fixing',
      reason: 'It conflicts with main: a.txt.',
    })
    expect(walk([proposed, conflict(true), { type: 'fix_started' }, proposed, conflict(true)])).toMatchObject(
      help,
    )
  })

  test('a plan waits for a person unless it is confirmed by itself', () => {
    const plan = (autoConfirm: boolean): ChangeEvent => ({
      type: 'agent_answered',
      responseType: 'plan',
      autoConfirm,
    })
    expect(walk([plan(false)])).toMatchObject({ status: 'waiting', waitingFor: 'plan' })
    expect(walk([plan(false), { type: 'plan_confirmed' }]).status).toBe('working')
    expect(walk([plan(false), { type: 'plan_rejected', reason: 'no' }])).toMatchObject({
      conclusion: 'rejected',
      reason: 'no',
    })
    expect(walk([plan(true)]).status).toBe('working')
  })
})

describe('the fix loop', () => {
  test('backs off exponentially', () => {
    const first = walk([proposed, failed('a')])
    expect(first).toMatchObject({ status: 'fixing', retryAt: 6000 })
    expect(walk([{ type: 'fix_started' }, proposed, failed('b')], first).retryAt).toBe(7000)
  })

  test('the same failure twice asks a person', () => {
    const twice = walk([proposed, failed('a'), { type: 'fix_started' }, proposed, failed('a')])
    expect(twice).toMatchObject({ status: 'waiting', waitingFor: 'help' })
    expect(twice.reason).toContain('twice')
  })

  test('three attempts are all; a person’s message gives three more', () => {
    const fix = (name: string): ChangeEvent[] => [{ type: 'fix_started' }, proposed, failed(name)]
    const spent = walk([proposed, failed('a'), ...fix('b'), ...fix('c'), ...fix('d')])
    expect(spent).toMatchObject({ status: 'waiting', waitingFor: 'help', fixAttempts: 3 })
    expect(walk([{ type: 'message' }], spent)).toMatchObject({
      status: 'working',
      fixAttempts: 0,
      fingerprints: [],
    })
  })

  test('where no fix is allowed the failure itself is the reason', () => {
    const once: ChangeEvent = {
      type: 'validation_failed',
      fingerprint: 'a',
      summary: 'Test failed',
      policy: { maxAttempts: 0, backoffMs: 0 },
      hasAgent: true,
    }
    expect(walk([proposed, once])).toMatchObject({ waitingFor: 'help', fixAttempts: 0 })
    expect(walk([proposed, once]).reason).not.toContain('fix attempt')
  })

  test('without an agent a failure asks a person at once', () => {
    const event: ChangeEvent = {
      type: 'validation_failed',
      fingerprint: 'a',
      summary: 's',
      policy,
      hasAgent: false,
    }
    expect(walk([proposed, event]).waitingFor).toBe('help')
  })
})

describe('what is refused', () => {
  const cases: [string, ChangeEvent[], ChangeEvent][] = [
    ['merging without a validation', [], { type: 'merge_requested' }],
    [
      'merging twice',
      [proposed, { type: 'gates_green' }, { type: 'merged', deploys: false }],
      { type: 'merged', deploys: false },
    ],
    ['cancelling while it lands', [proposed, { type: 'gates_green' }], { type: 'cancel', reason: 'x' }],
    [
      'a late validation after a cancel',
      [proposed, { type: 'cancel', reason: 'x' }],
      { type: 'gates_green' },
    ],
    ['deploying what is not merged', [proposed], { type: 'deployed' }],
    ['approving what does not wait for it', [proposed], { type: 'approved', commit: 'a' }],
    ['revalidating without a pull request', [{ type: 'agent_failed', reason: 'x' }], { type: 'revalidate' }],
  ]
  test.each(cases)('%s', (_name, before, event) => {
    const state = walk(before)
    const next = transitionChange(state, event, 0)
    expect(next.ok).toBe(false)
    if (!next.ok) expect(next.reason).toContain(event.type)
  })

  test('nothing moves a completed change', () => {
    const over = walk([{ type: 'cancel', reason: 'x' }])
    const events: ChangeEvent[] = [
      proposed,
      { type: 'message' },
      { type: 'plan_confirmed' },
      { type: 'cancel', reason: 'y' },
    ]
    for (const event of events) expect(transitionChange(over, event, 0).ok).toBe(false)
  })
})

test('a moved base goes back to validation and keeps what was learnt', () => {
  const state = walk([proposed, { type: 'gates_green' }, { type: 'base_moved' }])
  expect(state).toMatchObject({ status: 'validating', hasPullRequest: true, conclusion: null })
})

test('an approval is for one commit', () => {
  const state = walk([
    proposed,
    { type: 'gates_wait', waitingFor: 'approval', reason: 'r' },
    { type: 'approved', commit: 'abc' },
  ])
  expect(state).toMatchObject({ status: 'validating', approvedCommit: 'abc', waitingFor: null, reason: null })
})
