import { expect, test } from 'vitest'
import { newId } from './ids.ts'

test('an id says when it was made, and that it is a UUID of version 7', () => {
  // RFC 9562, appendix A.6.
  const id = newId(0x017f22e279b0)
  expect(id).toMatch(/^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('ids stand in the order of their time, and none comes twice', () => {
  const times = [0, 1, 0xffff_ffff, 2 ** 32, 2 ** 47]
  const ids = times.map((time) => newId(time))
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(Array.from({ length: 1000 }, () => newId(5))).size).toBe(1000)
})
