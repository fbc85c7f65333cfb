import { expect, test } from 'vitest'
import { lastShellWords } from './last-shell.ts'

const last = {
  openedBy: 'Ada',
  mine: true,
  open: false,
  openedAt: '2026-11-21T08:00:00.000Z',
  endedAt: '2026-11-21T08:10:00.000Z',
  exitCode: 0,
  reason: null,
}

test('says whose the last shell was and how it ended', () => {
  expect(lastShellWords(last)).toBe('Your last shell here ended with 0')
  expect(lastShellWords({ ...last, mine: false, exitCode: 7 })).toBe(
    'The last shell here, of Ada, ended with 7',
  )
  expect(lastShellWords({ ...last, exitCode: null, reason: 'The terminal was closed.' })).toBe(
    'Your last shell here was ended: The terminal was closed',
  )
  expect(lastShellWords({ ...last, open: true, endedAt: null })).toBe('A shell of yours is open')
  expect(lastShellWords({ ...last, endedAt: null })).toBe('Your last shell here was cut off')
  expect(lastShellWords({ ...last, mine: false, openedBy: null, open: true, endedAt: null })).toBe(
    'The last shell here, of somebody who left, is open',
  )
})
