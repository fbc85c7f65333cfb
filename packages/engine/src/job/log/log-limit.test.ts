import { expect, test } from 'vitest'
import { createLogLimit } from './log-limit.ts'

function logOf(lines: number, limits: { cost: number; tailLines: number }): string[] {
  const seen: string[] = []
  const limit = createLogLimit((line) => seen.push(line.text), limits)
  for (let n = 1; n <= lines; n++) limit.add({ at: n, stream: 'stdout', text: `l${n}` })
  limit.end()
  return seen
}

test('what fits is passed on as it comes', () => {
  expect(logOf(3, { cost: 3 * 66, tailLines: 1 })).toEqual(['l1', 'l2', 'l3'])
})

test('beyond the limit the last lines stay, and what lacks is counted', () => {
  expect(logOf(9, { cost: 2 * 66, tailLines: 2 })).toEqual([
    'l1',
    'l2',
    'The log of this step is too long: 5 lines are left out here.',
    'l8',
    'l9',
  ])
  expect(logOf(4, { cost: 2 * 66, tailLines: 2 })).toEqual(['l1', 'l2', 'l3', 'l4'])
})

test('empty lines count, too', () => {
  const seen: string[] = []
  const limit = createLogLimit((line) => seen.push(line.text), { cost: 64_000, tailLines: 10 })
  for (let n = 0; n < 5000; n++) limit.add({ at: n, stream: 'stdout', text: '' })
  limit.end()
  expect(seen).toHaveLength(1000 + 1 + 10)
  expect(seen.filter((text) => text !== '')).toEqual([
    'The log of this step is too long: 3990 lines are left out here.',
  ])
})
