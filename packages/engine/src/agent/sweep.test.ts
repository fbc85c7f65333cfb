import { expect, test } from 'vitest'
import { parseProcesses, strangers } from './sweep.ts'

test('what was there before, the looker and its ancestors are no strangers; a number used again is', () => {
  const seen = parseProcesses('1:5 0\n2:6 1\n7:50 2\n8:51 7\n9:60 1\n4:70 1\nself 8\n')
  expect(seen.self).toBe('8')
  expect(strangers(seen, new Set(['1:5', '2:6', '4:20']))).toEqual(['9', '4'])
})
