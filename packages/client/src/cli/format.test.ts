import { newChange } from '@signalbox/core/domain/change.ts'
import { strip } from '@signalbox/core/domain/strip.ts'
import { expect, test } from 'vitest'
import { ago, duration, table } from './format.ts'
import { longStrip, progress, shortStrip } from './lamps.ts'
import { createStyle, logText, plain, plainLine, wantsColor } from './style.ts'

const now = Date.parse('2026-01-02T00:00:00Z')
const before = (seconds: number) => new Date(now - seconds * 1000).toISOString()

test('times are relative', () => {
  expect([0, 5, 65, 7200, 200_000].map((s) => ago(before(s), now))).toEqual([
    'just now',
    '5 s ago',
    '1 min ago',
    '2 h ago',
    '2 d ago',
  ])
  expect(ago(before(-30), now)).toBe('in 30 s')
  expect(ago(null, now)).toBe('-')
  expect([850, 12_340, 245_000].map(duration)).toEqual(['850 ms', '12.3 s', '4 min 5 s'])
})

test('columns line up whatever is painted', () => {
  const { green } = createStyle(true)
  const [first = '', second = ''] = table([
    [green('ab'), 'x'],
    ['abcd', 'y'],
  ]).split('\n')
  expect(first.indexOf('x') - green('ab').length + 'ab'.length).toBe(second.indexOf('y'))
})

test('the strip reads without colours', () => {
  const signals = strip({
    change: { ...newChange, status: 'waiting', waitingFor: 'merge', hasPullRequest: true },
    deployment: null,
    merged: false,
  })
  const style = createStyle(false)
  expect(shortStrip(signals, style)).toBe('✓✓✓✓-✓?○○○')
  expect(longStrip(signals, style)).toContain('○- fix  ●✓ gates  ●? queue  ○  merge')
  expect(longStrip(signals, createStyle(true))).toContain('\u001b[33m●?\u001b[0m queue')
  expect(progress('completed', 'timed_out', style)).toBe('✗ timed out')
  expect(progress('in_progress', null, style)).toBe('> in progress')
})

test('what others wrote cannot steer the terminal', () => {
  const hostile = 'a\u001b]0;title\u0007b\u001b[2Jc\u001b[31md\u0008\u009be\u202ef\rg'
  for (const shown of [plain(hostile), plainLine(hostile), logText(hostile, false)]) {
    expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
  }
  expect(logText('\u001b[31mred\u001b[2J', true)).toBe('\u001b[31mred\u001b[0m')
  expect(plainLine('two\n  lines')).toBe('two lines')
})

test('colours only where they are wanted', () => {
  expect(wantsColor({}, true)).toBe(true)
  expect(wantsColor({}, false)).toBe(false)
  expect(wantsColor({ NO_COLOR: '1', FORCE_COLOR: '1' }, true)).toBe(false)
  expect(wantsColor({ FORCE_COLOR: '1' }, false)).toBe(true)
  expect(wantsColor({ TERM: 'dumb' }, true)).toBe(false)
})
