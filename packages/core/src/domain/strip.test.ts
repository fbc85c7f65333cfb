import { expect, test } from 'vitest'
import { type ChangeState, newChange } from './change.ts'
import { type Lamp, strip } from './strip.ts'

/** One letter a lamp, in the order of the stages. */
const letters: Record<Lamp, string> = {
  off: '.',
  skipped: '-',
  moving: 'm',
  clear: 'c',
  waiting: 'w',
  stopped: 's',
}

function drawn(change: Partial<ChangeState>, more: { watching?: boolean; merged?: boolean } = {}): string {
  const deployment = {
    status: more.watching ? 'watching' : 'starting',
    conclusion: null,
    reason: null,
  } as const
  const facts = { change: { ...newChange, ...change }, deployment, merged: more.merged ?? false }
  return strip(facts)
    .map((signal) => letters[signal.lamp])
    .join('')
}

const cases: [string, Partial<ChangeState>, string][] = [
  ['the agent works', {}, 'cm........'],
  ['a plan waits', { status: 'waiting', waitingFor: 'plan' }, 'cw........'],
  ['validating', { status: 'validating', hasPullRequest: true }, 'cccm......'],
  ['fixing', { status: 'fixing', hasPullRequest: true, fingerprints: ['a'] }, 'cccsm.....'],
  ['the agent fixes', { status: 'working', hasPullRequest: true, fingerprints: ['a'] }, 'cccsm.....'],
  ['policy waits', { status: 'waiting', waitingFor: 'approval', hasPullRequest: true }, 'cccc-w....'],
  ['a merge waits', { status: 'waiting', waitingFor: 'merge', hasPullRequest: true }, 'cccc-cw...'],
  [
    'help is asked',
    { status: 'waiting', waitingFor: 'help', hasPullRequest: true, fingerprints: ['a'] },
    'cccsw.....',
  ],
  ['merging without a fix', { status: 'merging', hasPullRequest: true }, 'cccc-ccm..'],
  ['deploying', { status: 'deploying', hasPullRequest: true }, 'cccc-cccm.'],
  ['deployed', { status: 'completed', conclusion: 'deployed', hasPullRequest: true }, 'cccc-ccccc'],
  ['rolled back', { status: 'completed', conclusion: 'rolled_back', hasPullRequest: true }, 'cccc-ccccs'],
  ['answered', { status: 'completed', conclusion: 'answered' }, 'cc........'],
  ['cancelled early', { status: 'completed', conclusion: 'cancelled' }, 'cs........'],
]

test.each(cases)('%s', (_name, change, expected) => {
  expect(drawn(change)).toBe(expected)
})

test('the watch has a lamp of its own', () => {
  expect(drawn({ status: 'deploying', hasPullRequest: true }, { watching: true })).toBe('cccc-ccccm')
})
