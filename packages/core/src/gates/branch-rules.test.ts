import { expect, test } from 'vitest'
import { matchesBranch, opensChange, ruleForBranch, staysAfterMerge } from './branch-rules.ts'

const rules = {
  defaultBranch: 'main',
  protectedBranches: [
    { pattern: 'release/*', noPush: false, noForcePush: true, noDelete: true },
    { pattern: 'release/1*', noPush: true, noForcePush: false, noDelete: false },
  ],
  openChangesFor: ['*'],
}

test('the default branch is shut whatever the settings say', () => {
  const shut = { noPush: true, noForcePush: true, noDelete: true }
  expect(ruleForBranch({ ...rules, protectedBranches: [] }, 'main')).toEqual(shut)
  expect(staysAfterMerge(rules, 'main')).toBe(true)
  expect(opensChange(rules, 'main')).toBe(false)
})

test('patterns that match count together', () => {
  expect(ruleForBranch(rules, 'release/2')).toEqual({ noPush: false, noForcePush: true, noDelete: true })
  expect(ruleForBranch(rules, 'release/1.0')).toEqual({ noPush: true, noForcePush: true, noDelete: true })
  expect(ruleForBranch(rules, 'topic')).toEqual({ noPush: false, noForcePush: false, noDelete: false })
})

test('a pattern forbids what it says and nothing else', () => {
  const nothing = { noPush: false, noForcePush: false, noDelete: false }
  for (const rule of ['noPush', 'noForcePush', 'noDelete'] as const) {
    const only = { ...nothing, [rule]: true }
    const protectedBranches = [{ pattern: 'wip', ...only }]
    expect(ruleForBranch({ ...rules, protectedBranches }, 'wip')).toEqual(only)
    expect(ruleForBranch({ ...rules, protectedBranches }, 'wip2')).toEqual(nothing)
  }
})

test('a star stands only at the end, and for anything', () => {
  expect(matchesBranch('*', 'a/b')).toBe(true)
  expect(matchesBranch('topic', 'topic/x')).toBe(false)
  expect(matchesBranch('topic/*', 'topic')).toBe(false)
})

test('a push opens a change where it may, and never on branches of agents', () => {
  expect(opensChange(rules, 'topic')).toBe(true)
  expect(opensChange(rules, 'release/2')).toBe(true)
  expect(opensChange(rules, 'release/1')).toBe(false)
  expect(opensChange(rules, 'signalbox/change-3')).toBe(false)
  expect(opensChange({ ...rules, openChangesFor: [] }, 'topic')).toBe(false)
})
