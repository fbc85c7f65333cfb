import type { Clock } from '@signalbox/core/base/clock.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { permissions } from '@signalbox/core/contract/routes/route.ts'
import type { Queryable } from '../db/connect.ts'
import { projectRolesOf } from '../db/members.ts'
import { deleteExpiredSessions, findSession, insertSession } from '../db/sessions.ts'
import { consumeLoginToken, deleteSpentLoginTokens, findApiToken, insertLoginToken } from '../db/tokens.ts'
import { ensureOwner, findUser, type SignedInUser, type UserRow } from '../db/users.ts'
import type { Principal } from './principal.ts'
import { hashToken, newSecretToken } from './secret-token.ts'

const loginTokenMs = 10 * 60_000
const sessionMs = 30 * 24 * 60 * 60_000

export interface AuthDeps {
  db: Queryable
  clock: Clock
}

/**
 * A token that signs somebody in once within 10 minutes: the owner, made when there is none, or the user named. It stands in
 * the URL's fragment, which browsers never send: the page hands it over by POST /api/session.
 */
export async function issueLoginToken(
  deps: AuthDeps,
  input: { port: number; userId?: string },
): Promise<{ token: string; url: string; expiresAt: Date }> {
  const userId = input.userId ?? (await ensureOwner(deps.db, { id: newId(), name: 'owner' })).id
  const now = deps.clock.now()
  await deleteSpentLoginTokens(deps.db, now)
  await deleteExpiredSessions(deps.db, now)
  const { token, hash } = newSecretToken('sbl_')
  const expiresAt = new Date(now.getTime() + loginTokenMs)
  await insertLoginToken(deps.db, { tokenHash: hash, userId, expiresAt })
  return { token, url: `http://127.0.0.1:${input.port}/#token=${token}`, expiresAt }
}

export interface NewSession {
  /** The cookie's value. */
  token: string
  csrfToken: string
  expiresAt: Date
  user: UserRow
}

/** Uses a login token up and opens a session; Failure `invalid-token` for a wrong, used or expired one alike. */
export async function openSession(
  deps: AuthDeps,
  input: { loginToken: string; userAgent: string },
): Promise<NewSession> {
  const now = deps.clock.now()
  const userId = await consumeLoginToken(deps.db, { tokenHash: hashToken(input.loginToken), now })
  const user = userId === undefined ? undefined : await findUser(deps.db, userId)
  if (!user) {
    throw new Failure('invalid-token', 'This sign-in token was used already, has expired or never was one.', {
      hint: 'Run "signalbox open" on the machine on which Signalbox runs: it prints a new one. Nothing has to be started again.',
    })
  }
  const session = newSecretToken('')
  const csrf = newSecretToken('')
  const expiresAt = new Date(now.getTime() + sessionMs)
  await insertSession(deps.db, {
    token_hash: session.hash,
    user_id: user.id,
    csrf_token: csrf.token,
    user_agent: input.userAgent.replace(/[^\x20-\x7e]/g, '?').slice(0, 300),
    created_at: now,
    last_seen_at: now,
    expires_at: expiresAt,
  })
  return { token: session.token, csrfToken: csrf.token, expiresAt, user }
}

/** Who a session cookie belongs to; undefined when it is unknown or over. */
export async function principalOfSession(deps: AuthDeps, cookie: string): Promise<Principal | undefined> {
  const sessionHash = hashToken(cookie)
  const found = await findSession(deps.db, { tokenHash: sessionHash, now: deps.clock.now() })
  if (!found) return undefined
  const { user, session } = found
  const projects = await projectsOf(deps, user)
  const who = { userId: user.id, name: user.name, role: user.role, projects, scopes: 'all' as const }
  return { ...who, via: 'session', sessionHash, csrfToken: session.csrf_token }
}

/** Who an API token belongs to; undefined when it is unknown, revoked or over. */
export async function principalOfToken(deps: AuthDeps, token: string): Promise<Principal | undefined> {
  const found = await findApiToken(deps.db, { tokenHash: hashToken(token), now: deps.clock.now() })
  if (!found) return undefined
  const { user, token: row } = found
  const projects = limitTo(row.project_ids, await projectsOf(deps, user))
  const limited = row.project_ids !== null
  return {
    userId: user.id,
    name: user.name,
    // What is for some projects has no business with the machine.
    role: limited ? 'user' : user.role,
    projects,
    scopes: row.scopes === null ? 'all' : new Set(permissions.filter((name) => row.scopes?.includes(name))),
    via: 'token',
    tokenId: row.id,
    limited,
  }
}

/** Owners and admins have every project; the others those that they are members of. */
async function projectsOf(deps: AuthDeps, user: SignedInUser): Promise<Principal['projects']> {
  return user.role === 'user' ? await projectRolesOf(deps.db, user.id) : 'all'
}

function limitTo(ids: string[] | null, projects: Principal['projects']): Principal['projects'] {
  if (ids === null) return projects
  if (projects === 'all') return new Map(ids.map((id) => [id, 'owner']))
  return new Map([...projects].filter(([id]) => ids.includes(id)))
}
