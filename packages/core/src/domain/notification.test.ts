import { expect, test } from 'vitest'
import { type NotificationFacts, notificationOf } from './notification.ts'

const change = { number: 3, title: 'Greet', reason: 'Because.' }
const facts = (more: Partial<NotificationFacts>): NotificationFacts => ({
  type: 'change.waiting',
  change,
  conclusion: null,
  waitingFor: null,
  environment: undefined,
  ...more,
})
const deployment = (type: string, environment?: string): NotificationFacts =>
  facts({ type, change: undefined, environment })

test.each([
  [facts({ waitingFor: 'plan' }), 'needs_you', '#3 Greet has a plan for you to confirm'],
  [facts({ waitingFor: 'merge' }), 'needs_you', '#3 Greet is proven and waits for you to merge it'],
  [
    facts({ waitingFor: 'approval' }),
    'needs_you',
    '#3 Greet edits workflows or policy and waits for your approval',
  ],
  [facts({ type: 'change.stuck', waitingFor: 'help' }), 'needs_you', '#3 Greet needs help'],
  [
    facts({ type: 'change.permission_asked' }),
    'needs_you',
    '#3 Greet has an agent that asks whether it may go on',
  ],
  [facts({ type: 'change.deployed', conclusion: 'deployed' }), 'deployed', '#3 Greet is deployed'],
  [facts({ type: 'change.merged', conclusion: 'merged' }), 'merged', '#3 Greet is merged'],
  [facts({ type: 'change.answered', conclusion: 'answered' }), 'answered', '#3 Greet is answered'],
  [facts({ type: 'change.rolled_back', conclusion: 'rolled_back' }), 'failed', '#3 Greet was rolled back'],
  [
    facts({ type: 'change.deploy_failed', conclusion: 'deploy_failed' }),
    'failed',
    '#3 Greet could not be deployed',
  ],
])('of a change people are told what is and why: %j', (given, kind, title) => {
  expect(notificationOf(given)).toEqual({ kind, title, text: 'Because.' })
})

test.each([
  [deployment('deployment.live', 'staging'), 'deployed', 'A new release is live on staging'],
  [deployment('deployment.failed', 'staging'), 'failed', 'A deployment to staging failed'],
  [deployment('deployment.rolled_back', 'staging'), 'failed', 'A deployment to staging was rolled back'],
  [deployment('deployment.live'), 'deployed', 'A new release is live on an environment'],
])('of a deployment that a person started the title says all: %j', (given, kind, title) => {
  expect(notificationOf(given)).toEqual({ kind, title, text: '' })
})

test.each([
  ['that waits', facts({ change: { ...change, reason: null }, waitingFor: 'merge' })],
  [
    'that is over',
    facts({ change: { ...change, reason: null }, type: 'change.merged', conclusion: 'merged' }),
  ],
])('a change %s without a reason leaves the text empty', (_name, given) => {
  expect(notificationOf(given)?.text).toBe('')
})

test.each([
  ['a merge that is deployed next', facts({ type: 'change.merged' })],
  ['a step on the way', facts({ type: 'change.validating' })],
  ['what else happens while a change waits', facts({ type: 'run.completed', waitingFor: 'merge' })],
  ["a deployment's step", deployment('deployment.starting')],
  ['a deployment of a change', facts({ type: 'deployment.live' })],
])('%s is not told', (_name, given) => {
  expect(notificationOf(given)).toBeUndefined()
})
