import type {
  AccountSession,
  AccountView,
  ApiTokenView,
  MemberView,
  UserView,
} from '@signalbox/core/contract/views/people.ts'
import { before, fixtureId } from './ids.ts'

/** Your account, as `/api/account` answers it. */
export const account: AccountView = {
  id: fixtureId('user', 1),
  name: 'Owner',
  email: 'owner@example.org',
  role: 'owner',
  hasPassword: true,
  twoFactor: false,
  passkeys: [
    { id: fixtureId('passkey', 1), name: 'Laptop', createdAt: before(864_000) },
    { id: fixtureId('passkey', 2), name: 'A security key on the key ring', createdAt: before(86_400) },
  ],
  passkeyHost: 'localhost',
}

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 Version/18.4 Mobile Safari/604.1'

/** Where you are signed in. */
export const accountSessions: AccountSession[] = [
  {
    id: fixtureId('session', 1),
    userAgent: firefox,
    ip: '127.0.0.1',
    createdAt: before(90_000),
    lastSeenAt: before(4),
    current: true,
  },
  {
    id: fixtureId('session', 2),
    userAgent: safari,
    ip: '192.168.1.23',
    createdAt: before(400_000),
    lastSeenAt: before(7200),
    current: false,
  },
]

const sample = { id: fixtureId('project', 1), slug: 'sample' }

/** Your API tokens. */
export const apiTokens: ApiTokenView[] = [
  {
    id: fixtureId('token', 1),
    name: 'nightly build',
    hint: 'sbx_8fK2',
    scopes: ['project.read', 'run.read', 'run.write'],
    projects: [sample],
    createdAt: before(500_000),
    lastUsedAt: before(3600),
    expiresAt: before(-7_776_000),
  },
  {
    id: fixtureId('token', 2),
    name: 'cli',
    hint: 'sbx_q0Zz',
    scopes: null,
    projects: null,
    createdAt: before(900_000),
    lastUsedAt: null,
    expiresAt: null,
  },
]

const user = (number: number, name: string, rest: Partial<UserView>): UserView => ({
  id: fixtureId('user', number),
  name,
  email: `${name.toLowerCase()}@example.org`,
  role: 'user',
  disabled: false,
  twoFactor: false,
  createdAt: before(1_000_000),
  projects: [],
  ...rest,
})

/** Everybody who can sign in. */
export const users: UserView[] = [
  user(1, 'Owner', { role: 'owner', twoFactor: true }),
  user(2, 'Ada', { projects: [{ ...sample, role: 'maintainer' }] }),
  user(3, 'Grace', { role: 'admin' }),
  user(4, 'Linus', { disabled: true, email: null, projects: [{ ...sample, role: 'viewer' }] }),
]

/** The members of every project. */
export const members: MemberView[] = [
  {
    userId: fixtureId('user', 2),
    name: 'Ada',
    email: 'ada@example.org',
    role: 'maintainer',
    disabled: false,
  },
  { userId: fixtureId('user', 4), name: 'Linus', email: null, role: 'viewer', disabled: true },
]

/** Who could become a member. */
export const candidates = [{ id: fixtureId('user', 5), name: 'Margaret', email: 'margaret@example.org' }]

/** A link as an invitation or a reset answers it. */
export const signInLink = {
  url: 'http://127.0.0.1:3000/#token=sbl_fixture-not-a-real-token',
  expiresAt: before(-604_800),
}

/** What better-auth answers when two-factor is begun. */
export const twoFactorSetup = {
  totpURI: 'otpauth://totp/Signalbox:owner@example.org?secret=JBSWY3DPEHPK3PXP&issuer=Signalbox',
  backupCodes: ['aB3dE-fG5hJ', 'kL7mN-pQ9rS', 'tU2vW-xY4zA', 'bC6dE-fH8jK', 'mN1pQ-rS3tU'],
}
