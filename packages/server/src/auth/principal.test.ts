import { needs, projectRoles } from '@signalbox/core/contract/roles.ts'
import { permissions } from '@signalbox/core/contract/routes/route.ts'
import { expect, test } from 'vitest'
import { isWhole, may, type Principal, sees, visibleProjects } from './principal.ts'

const session = { via: 'session', sessionId: 's', csrfToken: '' } as const
const base = { userId: 'u', name: 'Ada', scopes: 'all' } as const

function member(role: (typeof projectRoles)[number]): Principal {
  return { ...base, role: 'user', projects: new Map([['ours', role]]), ...session }
}

test('each role in a project has what it needs and all that lesser ones have, and nothing in another one', () => {
  const had = projectRoles.map((role) => permissions.filter((name) => may(member(role), name, 'ours')))
  for (const [index, names] of had.entries()) {
    expect(names).toEqual(expect.arrayContaining(had[index - 1] ?? []))
    if (index > 0) expect(names.length).toBeGreaterThan(had[index - 1]?.length ?? 0)
  }
  for (const name of permissions.filter((one) => needs[one].on === 'project')) {
    expect(may(member('owner'), name, 'theirs')).toBe(false)
    expect(may(member('owner'), name)).toBe(false)
  }
  expect(sees(member('viewer'), 'ours')).toBe(true)
  expect(sees(member('viewer'), 'theirs')).toBe(false)
  expect(visibleProjects(member('viewer'))).toEqual(new Set(['ours']))
})

test('the machine is steered by owners and admins, who have every project', () => {
  for (const role of ['owner', 'admin'] as const) {
    const principal: Principal = { ...base, role, projects: 'all', ...session }
    for (const name of permissions) expect(may(principal, name, 'any')).toBe(true)
  }
  for (const name of permissions.filter((one) => needs[one].on === 'instance')) {
    expect(may(member('owner'), name, 'ours')).toBe(false)
  }
})

test('a token is for no more than its scopes, and makes no ways to sign in unless it is for everything', () => {
  const whole: Principal = {
    ...base,
    role: 'owner',
    projects: 'all',
    via: 'token',
    tokenId: 't',
    limited: false,
    ends: false,
  }
  const reader: Principal = { ...whole, scopes: new Set(['change.read' as const]) }
  expect(may(reader, 'change.read', 'any')).toBe(true)
  expect(may(reader, 'change.write', 'any')).toBe(false)
  expect(may(reader, 'user.write')).toBe(false)
  expect([whole, reader, { ...whole, limited: true }, member('viewer')].map(isWhole)).toEqual([
    true,
    false,
    false,
    true,
  ])
})
