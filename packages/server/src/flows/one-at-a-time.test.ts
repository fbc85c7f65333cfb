import { expect, test } from 'vitest'
import { oneAtATime } from './one-at-a-time.ts'

test('calls for one subject are one after the other, and none is lost', async () => {
  let release: () => void = () => {}
  const seen: string[] = []
  const decide = oneAtATime(async (id) => {
    seen.push(id)
    if (seen.length === 1) await new Promise<void>((resolve) => (release = resolve))
  })
  const first = decide('a')
  await Promise.all([decide('a'), decide('a'), decide('b')])
  expect(seen).toEqual(['a', 'b'])
  release()
  await first
  expect(seen).toEqual(['a', 'b', 'a'])
})

test('a failure is the caller’s, and the next call decides again', async () => {
  let fails = true
  const decide = oneAtATime(async () => {
    if (fails) throw new Error('no')
  })
  await expect(decide('a')).rejects.toThrow('no')
  fails = false
  await decide('a')
})
