import { expect, test } from 'vitest'
import { extendTo, lineRangeText, readLineRange } from './line-range.ts'

test('a line and a range of an address, in either order', () => {
  expect(readLineRange('L12')).toEqual({ from: 12, to: 12 })
  expect(readLineRange('L20-L12')).toEqual({ from: 12, to: 20 })
  expect(readLineRange('L3-9')).toEqual({ from: 3, to: 9 })
  for (const none of ['', 'L0', 'Lx', 'L1-', 'L99999999999']) expect(readLineRange(none)).toBeNull()
})

test('what is written is read again', () => {
  for (const range of [
    { from: 4, to: 4 },
    { from: 4, to: 9 },
  ]) {
    expect(readLineRange(lineRangeText(range))).toEqual(range)
  }
})

test('with shift a range goes from its first line to the clicked one', () => {
  expect(extendTo(null, 5)).toEqual({ from: 5, to: 5 })
  expect(extendTo({ from: 5, to: 5 }, 9)).toEqual({ from: 5, to: 9 })
  expect(extendTo({ from: 5, to: 9 }, 2)).toEqual({ from: 2, to: 5 })
})
