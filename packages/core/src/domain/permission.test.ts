import { expect, test } from 'vitest'
import { decidePermission } from './permission.ts'

test.each([
  ['sandbox', 'execute', 'work', 'allow'],
  ['sandbox', 'edit', 'work', 'allow'],
  ['sandbox', 'fetch', 'work', 'ask'],
  ['ask', 'read', 'work', 'ask'],
  ['all', 'fetch', 'work', 'allow'],
  ['all', 'edit', 'plan', 'deny'],
  ['all', 'delete', 'plan', 'deny'],
  ['all', 'move', 'plan', 'deny'],
  ['sandbox', 'switch_mode', 'plan', 'deny'],
  ['sandbox', 'read', 'plan', 'allow'],
] as const)('policy %s answers %s while it is to %s with %s', (permissions, kind, mode, expected) => {
  expect(decidePermission({ permissions, permissionRules: {} }, { kind, mode })).toBe(expected)
})

test('a rule for a kind goes before the policy, but lets no plan change anything', () => {
  const settings = { permissions: 'all', permissionRules: { execute: 'deny', edit: 'allow' } } as const
  expect(decidePermission(settings, { kind: 'execute', mode: 'work' })).toBe('deny')
  expect(decidePermission(settings, { kind: 'edit', mode: 'plan' })).toBe('deny')
})
