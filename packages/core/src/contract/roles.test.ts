import { expect, test } from 'vitest'
import { instanceRoles, isAtLeast, isInstanceAtLeast, needs, projectRoles } from './roles.ts'
import { permissions } from './routes/route.ts'
import { scopesOf } from './token-presets.ts'

test('each role has what the ones before it have, and nothing of those after it', () => {
  for (const [have, role] of projectRoles.entries()) {
    expect(projectRoles.filter((least) => isAtLeast(role, least))).toEqual(projectRoles.slice(0, have + 1))
  }
  for (const [have, role] of instanceRoles.entries()) {
    expect(instanceRoles.filter((least) => isInstanceAtLeast(role, least))).toEqual(
      instanceRoles.slice(0, have + 1),
    )
  }
})

test('nobody changes anything without a role, but for their own tokens', () => {
  const open = permissions.filter((name) => ['nothing', 'sign-in'].includes(needs[name].on))
  expect(open).toEqual(['public', 'session.read', 'system.read', 'token.write', 'inbox.read'])
})

test('a viewer only reads', () => {
  const viewers = permissions.filter((name) => {
    const need = needs[name]
    return need.on === 'project' && need.role === 'viewer'
  })
  expect(viewers.every((name) => name.endsWith('.read'))).toBe(true)
  expect(viewers).toContain('project.read')
  expect(viewers).not.toContain('secret.read')
})

test('a token that reads does nothing else', () => {
  const scopes = scopesOf('read')
  expect(scopes).toContain('change.read')
  expect(scopes?.filter((name) => !name.endsWith('.read'))).toEqual([])
})

test('a token that writes manages neither people, nor the machine, nor tokens', () => {
  const scopes = scopesOf('write') ?? []
  expect(scopes).toEqual(expect.arrayContaining(scopesOf('read') ?? []))
  const writes = scopes.filter((name) => !name.endsWith('.read'))
  expect(writes).toContain('change.write')
  expect(writes).toContain('deployment.write')
  expect(writes.filter((name) => /^(system|user|audit|member|token|public)/.test(name))).toEqual([])
})

test('a token of an admin has no limit but its person', () => {
  expect(scopesOf('admin')).toBeNull()
})
