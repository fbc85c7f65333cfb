import { expect, test } from 'vitest'
import { createBoundedList } from './bounded-list.ts'

test('drops what has no room, by number and by bytes, and has room again when it was emptied', () => {
  const list = createBoundedList<string>({ maxItems: 3, maxBytes: 10 })
  expect(list.add('a', 6)).toBe(true)
  expect(list.add('too large', 5)).toBe(false)
  expect(list.add('b', 4)).toBe(true)
  expect(list.add('c', 0)).toBe(true)
  expect(list.add('one too many', 0)).toBe(false)
  expect(list.takeAll()).toEqual(['a', 'b', 'c'])
  expect(list.takeAll()).toEqual([])
  expect(list.add('d', 10)).toBe(true)
})
