import type {
  AccountSession,
  AccountView,
  ApiTokenView,
  MemberView,
  UserView,
} from '@signalbox/core/contract/views/people.ts'
import { before, fixtureId } from './ids.ts'

const project = { id: fixtureId('project', 1), slug: 'sample' }

export const account: AccountView = {
  id: fixtureId('user', 1),
  name: 'Owner',
  email: 'owner@example.com',
  role: 'owner',
  hasPassword: true,
  twoFactor: false,
  passkeys: [{ id: fixtureId('passkey', 1), name: 'Laptop', createdAt: before(86_400 * 20) }],
  passkeyHost: 'localhost',
}

export const sessions: AccountSession[] = [
  {
    id: fixtureId('session', 1),
    userAgent: 'Firefox on Linux',
    ip: '127.0.0.1',
    createdAt: before(86_400),
    lastSeenAt: before(4),
    current: true,
  },
  {
    id: fixtureId('session', 2),
    userAgent: 'Safari on iPhone',
    ip: '10.0.0.14',
    createdAt: before(86_400 * 6),
    lastSeenAt: before(3600 * 5),
    current: false,
  },
]

export const tokens: ApiTokenView[] = [
  {
    id: fixtureId('token', 1),
    name: 'release script',
    hint: 'sbx_4fQ2',
    scopes: ['project.read', 'change.read', 'run.read', 'run.write'],
    projects: [project],
    createdAt: before(86_400 * 12),
    lastUsedAt: before(1800),
    expiresAt: before(-86_400 * 78),
  },
  {
    id: fixtureId('token', 2),
    name: 'dashboards on the wall',
    hint: 'sbx_9aLk',
    scopes: null,
    projects: null,
    createdAt: before(86_400 * 40),
    lastUsedAt: null,
    expiresAt: null,
  },
]

function user(number: number, name: string, more: Partial<UserView>): UserView {
  return {
    id: fixtureId('user', number),
    name,
    email: `${name.toLowerCase()}@example.com`,
    role: 'user',
    disabled: false,
    twoFactor: false,
    createdAt: before(86_400 * 30),
    projects: [],
    ...more,
  }
}

export const users: UserView[] = [
  user(1, 'Owner', { role: 'owner', twoFactor: true }),
  user(2, 'Ada', { role: 'admin', twoFactor: true }),
  user(3, 'Vera', { projects: [{ ...project, role: 'viewer' }] }),
  user(4, 'Tomasz', { disabled: true, projects: [{ ...project, role: 'member' }] }),
]

export const members: MemberView[] = users.slice(1).map(({ id, name, email, disabled }, at) => ({
  userId: id,
  name,
  email,
  disabled,
  role: (['maintainer', 'viewer', 'member'] as const)[at] ?? 'member',
}))

export const candidates = [{ id: fixtureId('user', 5), name: 'Noor', email: 'noor@example.com' }]
