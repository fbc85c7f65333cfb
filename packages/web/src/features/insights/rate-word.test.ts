import { expect, test } from 'vitest'
import { rateWord } from './rate-word.ts'

test('100 % is said only when nothing failed', () => {
  expect(rateWord({ successRate: 0.999, successful: 999, failed: 1 })).toBe('99 % (999 of 1000)')
  expect(rateWord({ successRate: 1, successful: 3, failed: 0 })).toBe('100 % (3 of 3)')
  expect(rateWord({ successRate: 0, successful: 0, failed: 2 })).toBe('0 % (0 of 2)')
  expect(rateWord({ successRate: null, successful: 0, failed: 0 })).toBe('—')
})
