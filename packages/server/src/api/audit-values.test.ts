import { expect, test } from 'vitest'
import { changedOnly, withoutSecrets } from './audit-values.ts'

test('secrets are hidden wherever they stand, and what only counts them is not', () => {
  const value = {
    name: 'DEPLOY_KEY',
    value: 'hunter2',
    hasPassword: true,
    nested: [{ newPassword: 'x', tokens: 3, api: { token: 'sbx_1' } }],
  }
  expect(withoutSecrets(value)).toEqual({
    name: 'DEPLOY_KEY',
    value: '[hidden]',
    hasPassword: true,
    nested: [{ newPassword: '[hidden]', tokens: 3, api: { token: '[hidden]' } }],
  })
})

test('size is bounded in every direction', () => {
  const deep: Record<string, unknown> = {}
  let at = deep
  for (let level = 0; level < 50; level++) {
    const next: Record<string, unknown> = {}
    at['in'] = next
    at = next
  }
  expect(JSON.stringify(withoutSecrets(deep)).length).toBeLessThan(100)
  expect(String(withoutSecrets('a'.repeat(10_000))).length).toBeLessThan(600)
  expect(withoutSecrets(Array.from({ length: 5000 }, () => 1))).toHaveLength(200)
})

test('only what differs is kept, by its path', () => {
  const before = { name: 'a', settings: { agent: { driver: 'exec' }, autoMerge: false }, gone: 1 }
  const after = { name: 'a', settings: { agent: { driver: 'acp' }, autoMerge: false, hosts: ['x'] } }
  expect(changedOnly(before, after)).toEqual({
    before: { 'settings.agent.driver': 'exec', gone: 1 },
    after: { 'settings.agent.driver': 'acp', 'settings.hosts': ['x'] },
  })
})
