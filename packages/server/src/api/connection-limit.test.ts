import { expect, test } from 'vitest'
import { createConnectionLimit } from './connection-limit.ts'

test('each person has their own number, and a connection that ended makes room once', () => {
  const limit = createConnectionLimit(2)
  const first = limit.take('a')
  expect(limit.take('a')).toBeDefined()
  expect(limit.take('a')).toBeUndefined()
  expect(limit.take('b')).toBeDefined()
  first?.()
  first?.()
  expect(limit.take('a')).toBeDefined()
  expect(limit.take('a')).toBeUndefined()
})

test('0 is no limit', () => {
  const limit = createConnectionLimit(0)
  for (let n = 0; n < 1000; n++) expect(limit.take('a')).toBeDefined()
})
