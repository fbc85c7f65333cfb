import { expect, test } from 'vitest'
import { type Checked, decideCheck, decideWatch, type Watched } from './decide-rollout.ts'

const good = { healthy: true, detail: 'HTTP 200 in 2 ms', durationMs: 2 }
const bad = { healthy: false, detail: 'HTTP 500', durationMs: 2 }
const checked: Checked = { elapsedMs: 100, startTimeoutMs: 10_000, successes: 0, last: bad, state: 'running' }
const watched: Watched = {
  elapsedMs: 4_200,
  watchMs: 10_000,
  failures: 0,
  last: good,
  state: 'running',
  requests: 0,
  errors: 0,
}

test.each<[string, Partial<Checked>, string, RegExp?]>([
  ['not yet healthy', {}, 'wait'],
  ['one success is not enough', { successes: 1, last: good }, 'wait'],
  ['two in a row are', { successes: 2, last: good }, 'switch'],
  ['two in a row, even late', { successes: 2, last: good, elapsedMs: 20_000 }, 'switch'],
  ['time is over', { elapsedMs: 10_000 }, 'fail', /not healthy within 10 s: HTTP 500/],
  ['exited', { state: 'stopped' }, 'fail', /exited before it was healthy/],
  ['vanished', { state: 'missing' }, 'fail', /exited/],
])('before the traffic: %s', (_name, change, next, reason) => {
  const decision = decideCheck({ ...checked, ...change })
  expect(decision.next).toBe(next)
  if (reason) expect(decision).toMatchObject({ reason: expect.stringMatching(reason) })
})

test.each<[string, Partial<Watched>, string, RegExp?]>([
  ['healthy, not over', {}, 'wait'],
  ['healthy and over', { elapsedMs: 10_000 }, 'pass'],
  ['over but the last check failed', { elapsedMs: 10_000, failures: 1, last: bad }, 'wait'],
  ['two failures', { failures: 2, last: bad }, 'wait'],
  [
    'three failures',
    { failures: 3, last: bad },
    'roll_back',
    /3 health checks in a row failed 4\.2 s after.*HTTP 500/,
  ],
  ['exited', { state: 'stopped', failures: 1, last: bad }, 'roll_back', /exited 4\.2 s after/],
  ['many errors of few requests', { requests: 19, errors: 19 }, 'wait'],
  ['five percent of twenty', { requests: 20, errors: 1 }, 'roll_back', /1 of 20 requests \(5 %\)/],
  ['fewer than five percent', { requests: 100, errors: 4 }, 'wait'],
  ['no errors', { requests: 5_000, errors: 0 }, 'wait'],
])('with the traffic: %s', (_name, change, next, reason) => {
  const decision = decideWatch({ ...watched, ...change })
  expect(decision.next).toBe(next)
  if (reason) expect(decision).toMatchObject({ reason: expect.stringMatching(reason) })
})
