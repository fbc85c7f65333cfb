import { expect, it } from 'vitest'
import { nextTime } from './next-time.ts'

it.each([
  ['30 5 * * 1-5', undefined, '2026-11-21T12:00:00Z', '2026-11-23T05:30:00Z'],
  ['30 5 * * MON-FRI', 'America/New_York', '2026-11-21T12:00:00Z', '2026-11-23T10:30:00Z'],
  ['0 0 31 * *', undefined, '2026-01-31T00:00:00Z', '2026-03-31T00:00:00Z'],
  // Day of the month or day of the week, as cron has it.
  ['0 0 13 * 5', undefined, '2026-01-09T00:00:00Z', '2026-01-13T00:00:00Z'],
  // The clock jumps from two to three: what it jumps over comes after the jump.
  ['30 2 * * *', 'America/New_York', '2026-03-08T00:00:00Z', '2026-03-08T07:30:00Z'],
  // The clock shows half past one twice: it comes once.
  ['30 1 * * *', 'America/New_York', '2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z'],
  ['0 0 29 2 *', 'Europe/Berlin', '2026-01-01T00:00:00Z', '2028-02-28T23:00:00Z'],
  ['0 0 1 mar/3 *', undefined, '2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z'],
  ['0 0 * * tue/3', undefined, '2026-11-24T00:00:00Z', '2026-11-27T00:00:00Z'],
  ['7/20  *  * * *', undefined, '2026-01-01T00:00:00Z', '2026-01-01T00:07:00Z'],
])('%s in %s after %s comes at %s', (cron, timezone, after, next) => {
  expect(nextTime({ cron, timezone }, new Date(after))).toEqual(new Date(next))
})

it('what never comes has no next time', () => {
  expect(nextTime({ cron: '0 0 30 2 *' }, new Date('2026-01-01T00:00:00Z'))).toBeUndefined()
})

it('comes at most every five minutes', () => {
  const last = new Date('2026-01-01T00:00:00Z')
  expect(nextTime({ cron: '* * * * *' }, last, last)).toEqual(new Date('2026-01-01T00:05:00Z'))
  expect(nextTime({ cron: '*/5 * * * *' }, last, last)).toEqual(new Date('2026-01-01T00:05:00Z'))
  expect(nextTime({ cron: '*/2 * * * *' }, last, last)).toEqual(new Date('2026-01-01T00:06:00Z'))
})
