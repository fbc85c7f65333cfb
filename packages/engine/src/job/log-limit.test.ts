import { expect, test } from 'vitest'
import { createLogLimit } from './log-limit.ts'

function logOf(lines: number, limits: { chars: number; tailLines: number }): string[] {
  const seen: string[] = []
  const limit = createLogLimit((line) => seen.push(line.text), limits)
  for (let n = 1; n <= lines; n++) limit.add({ at: n, stream: 'stdout', text: `l${n}` })
  limit.end()
  return seen
}

test('what fits is passed on as it comes', () => {
  expect(logOf(3, { chars: 6, tailLines: 1 })).toEqual(['l1', 'l2', 'l3'])
})

test('beyond the limit the last lines stay, and what lacks is counted', () => {
  expect(logOf(9, { chars: 4, tailLines: 2 })).toEqual([
    'l1',
    'l2',
    'The log of this step is too long: 5 lines are left out here.',
    'l8',
    'l9',
  ])
  expect(logOf(4, { chars: 4, tailLines: 2 })).toEqual(['l1', 'l2', 'l3', 'l4'])
})
