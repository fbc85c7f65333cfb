import { expect, test } from 'vitest'
import { scaleOf } from './log-scale.ts'

test('a log that fits is not scaled', () => {
  const scale = scaleOf(5000, 600)
  expect([scale.sheetPx, scale.toContent(120), scale.toScroll(120)]).toEqual([5000, 120, 120])
})

test('the first and the last line of a million stand at the ends of the scroll bar', () => {
  const scale = scaleOf(20_000_000, 600, 12_000_000)
  expect(scale.sheetPx).toBe(12_000_000)
  expect(scale.toContent(0)).toBe(0)
  expect(scale.toContent(12_000_000 - 600)).toBeCloseTo(20_000_000 - 600)
  expect(scale.toContent(scale.toScroll(7_654_321))).toBeCloseTo(7_654_321)
})
