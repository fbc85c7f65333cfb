import { expect, it } from 'vitest'
import { decideEnvironment, type EnvironmentFacts, type EnvironmentWants } from './environment-rules.ts'

const day = 24 * 3_600_000
function decided(wants: Partial<EnvironmentWants>, facts: Partial<EnvironmentFacts> = {}) {
  return decideEnvironment(
    { approvals: 0, waitMinutes: 0, branches: [], ...wants },
    { environment: 'production', ref: 'refs/heads/main', reviews: [], since: 0, now: 0, ...facts },
  )
}
const says = (by: string, decision: 'approved' | 'rejected', comment = '') => ({ by, decision, comment })

it('an environment without rules is open', () => {
  expect(decided({})).toEqual({ state: 'open' })
})

it('only runs of its branches get there', () => {
  expect(decided({ branches: ['main', 'release/*'] })).toEqual({ state: 'open' })
  expect(decided({ branches: ['main', 'release/*'] }, { ref: 'refs/heads/release/1' })).toEqual({
    state: 'open',
  })
  expect(decided({ branches: ['main'] }, { ref: 'refs/heads/feature' })).toEqual({
    state: 'refused',
    reason: 'feature may not go to the environment production; only main may.',
  })
})

it('it waits for people, and one rejection ends it', () => {
  expect(decided({ approvals: 2 }, { reviews: [says('Ada', 'approved')] })).toEqual({
    state: 'waits',
    reason: 'Waits for 1 of 2 approvals for the environment production.',
    missing: 1,
  })
  const both = [says('Ada', 'approved'), says('Bo', 'approved')]
  expect(decided({ approvals: 2 }, { reviews: both })).toEqual({ state: 'open' })
  expect(decided({ approvals: 1 }, { reviews: [...both, says('Cy', 'rejected', 'not today')] })).toEqual({
    state: 'refused',
    reason: 'Cy rejected it for the environment production: not today',
  })
})

it('after 30 days without a word it has failed', () => {
  expect(decided({ approvals: 1 }, { now: 30 * day - 1 }).state).toBe('waits')
  expect(decided({ approvals: 1 }, { now: 30 * day }).state).toBe('refused')
})

it('it waits for time, and says until when', () => {
  expect(decided({ waitMinutes: 30 }, { now: 60_000 })).toEqual({
    state: 'waits',
    reason: 'Waits until 1970-01-01 00:30 UTC for the environment production (30 minutes).',
    missing: 0,
  })
  expect(decided({ waitMinutes: 30 }, { now: 1_800_000 })).toEqual({ state: 'open' })
})
