import { expect, test } from 'vitest'
import { protectedLines, protectedOf } from './protected-branches.ts'

test('lines and rules are each other', () => {
  const lines = ['release/*', 'stable no-force no-delete']
  const rules = protectedOf(lines)
  expect(rules).toEqual([
    { pattern: 'release/*', noPush: true, noForcePush: true, noDelete: true },
    { pattern: 'stable', noPush: false, noForcePush: true, noDelete: true },
  ])
  expect(protectedLines(rules)).toBe(lines.join('\n'))
})

test('a word that is none is not swallowed', () => {
  expect(protectedOf(['stable no-fun'])[0]?.pattern).toBe('stable no-fun')
})
