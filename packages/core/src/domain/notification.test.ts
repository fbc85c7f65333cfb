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

test.each([
  [facts({ waitingFor: 'plan' }), 'needs_you', '#3 Greet has a plan for you to confirm'],
  [facts({ waitingFor: 'merge' }), 'needs_you', '#3 Greet is proven and waits for you to merge it'],
  [facts({ type: 'change.stuck', waitingFor: 'help' }), 'needs_you', '#3 Greet needs help'],
  [facts({ type: 'change.deployed', conclusion: 'deployed' }), 'deployed', '#3 Greet is deployed'],
  [facts({ type: 'change.merged', conclusion: 'merged' }), 'merged', '#3 Greet is merged'],
  [facts({ type: 'change.rolled_back', conclusion: 'rolled_back' }), 'failed', '#3 Greet was rolled back'],
  [
    facts({ type: 'deployment.failed', change: undefined, environment: 'production' }),
    'failed',
    'A deployment to production failed',
  ],
])('%j is told', (given, kind, title) => {
  expect(notificationOf(given)).toMatchObject({ kind, title })
})

test.each([
  ['a merge that is deployed next', facts({ type: 'change.merged' })],
  ['a step on the way', facts({ type: 'change.validating' })],
  ["a deployment's step", facts({ type: 'deployment.starting', change: undefined })],
  ['a deployment of a change', facts({ type: 'deployment.live' })],
])('%s is not told', (_name, given) => {
  expect(notificationOf(given)).toBeUndefined()
})
