import { expect, test } from 'vitest'
import { type ChangeState, newChange } from './change.ts'
import type { DeploymentState } from './deployment.ts'
import { type Lamp, stages, strip } from './strip.ts'

/** One letter a lamp, in the order of the stages. */
const letters: Record<Lamp, string> = {
  off: '.',
  skipped: '-',
  moving: 'm',
  clear: 'c',
  waiting: 'w',
  stopped: 's',
}

interface More {
  deployment?: Partial<DeploymentState>
  merged?: boolean
  asks?: boolean
}

function drawn(change: Partial<ChangeState>, more: More = {}): string {
  const deployment = more.deployment
    ? { status: 'starting' as const, conclusion: null, reason: null, ...more.deployment }
    : null
  const facts = { change: { ...newChange, ...change }, deployment, merged: more.merged ?? false }
  return strip({ ...facts, ...(more.asks === undefined ? {} : { asks: more.asks }) })
    .map((signal) => letters[signal.lamp])
    .join('')
}

const open = { hasPullRequest: true } as const
const failedOnce = { ...open, fingerprints: ['a'] }
const over = { ...open, status: 'completed' } as const
const wentBack: More = { deployment: { status: 'completed', conclusion: 'rolled_back' } }

const cases: [says: string, change: Partial<ChangeState>, lamps: string, more?: More][] = [
  ['the agent works', {}, 'cm........'],
  ['the agent asks a person', {}, 'cw........', { asks: true }],
  ['the agent asks no more', {}, 'cm........', { asks: false }],
  ['a plan waits', { status: 'waiting', waitingFor: 'plan' }, 'cw........'],
  ['a plan to mend something waits', { ...open, status: 'waiting', waitingFor: 'plan' }, 'cw........'],
  ['help is asked before there is any code', { status: 'waiting', waitingFor: 'help' }, 'cw........'],
  ['validating', { ...open, status: 'validating' }, 'cccm......'],
  [
    'validating while an agent’s question is open',
    { ...open, status: 'validating' },
    'cccm......',
    { asks: true },
  ],
  ['fixing', { ...failedOnce, status: 'fixing' }, 'cccsm.....'],
  ['the agent fixes', { ...failedOnce, status: 'working' }, 'cccsm.....'],
  ['the agent works on a person’s word, nothing having failed', { ...open, status: 'working' }, 'ccccm.....'],
  ['validating after a fix', { ...failedOnce, status: 'validating' }, 'cccm......'],
  ['policy waits', { ...open, status: 'waiting', waitingFor: 'approval' }, 'cccc-w....'],
  ['a merge waits', { ...open, status: 'waiting', waitingFor: 'merge' }, 'cccc-cw...'],
  ['a merge waits after a fix', { ...failedOnce, status: 'waiting', waitingFor: 'merge' }, 'ccccccw...'],
  ['help is asked', { ...failedOnce, status: 'waiting', waitingFor: 'help' }, 'cccsw.....'],
  ['merging without a fix', { ...open, status: 'merging' }, 'cccc-ccm..'],
  ['merging after a fix', { ...failedOnce, status: 'merging' }, 'cccccccm..'],
  ['deploying', { ...open, status: 'deploying' }, 'cccc-cccm.', { deployment: {} }],
  ['about to deploy', { ...open, status: 'deploying' }, 'cccc-cccm.'],
  ['watched', { ...open, status: 'deploying' }, 'cccc-ccccm', { deployment: { status: 'watching' } }],
  [
    'live, which is yet to be said of the change',
    { ...open, status: 'deploying' },
    'cccc-ccccm',
    { deployment: { status: 'completed', conclusion: 'live' } },
  ],
  ['deployed', { ...over, conclusion: 'deployed' }, 'cccc-ccccc'],
  ['merged where nothing deploys', { ...over, conclusion: 'merged' }, 'cccc-ccc..'],
  ['rolled back', { ...over, conclusion: 'rolled_back' }, 'cccc-ccccs'],
  ['never came up', { ...over, conclusion: 'deploy_failed' }, 'cccc-cccs.'],
  [
    'came up, but never got the traffic',
    { ...over, conclusion: 'deploy_failed' },
    'cccc-cccs.',
    { deployment: {} },
  ],
  ['failed after it had the traffic', { ...over, conclusion: 'deploy_failed' }, 'cccc-ccccs', wentBack],
  ['answered', { status: 'completed', conclusion: 'answered' }, 'cc........'],
  ['rejected', { status: 'completed', conclusion: 'rejected' }, 'cs........'],
  ['cancelled early', { status: 'completed', conclusion: 'cancelled' }, 'cs........'],
  ['cancelled with a pull request', { ...over, conclusion: 'cancelled' }, 'cccs......'],
  ['cancelled after it was merged', { ...over, conclusion: 'cancelled' }, 'cccc-ccs..', { merged: true }],
]

test.each(cases)('%s', (_name, change, expected, more) => {
  expect(drawn(change, more)).toBe(expected)
})

test('the lamps stand in the order of the stages', () => {
  const signals = strip({ change: newChange, deployment: null, merged: false })
  expect(signals.map(({ stage }) => stage)).toEqual([...stages])
})
