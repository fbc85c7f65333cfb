import type { Clock } from '@signalbox/core/base/clock.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { permissions } from '@signalbox/core/contract/routes/route.ts'
import { inTransaction, type Queryable } from '../db/connect.ts'
import { deleteCredentials } from '../db/credentials.ts'
import { projectRolesOf } from '../db/members.ts'
import {
  deleteExpiredSessions,
  deleteSessions,
  findSession,
  insertSession,
  touchSession,
} from '../db/sessions.ts'
import {
  consumeLoginToken,
  deleteSpentLoginTokens,
  findApiToken,
  insertLoginToken,
  type LoginTokenKind,
  touchApiToken,
} from '../db/tokens.ts'
import { ensureOwner, findUser, type SignedInUser, type UserRow } from '../db/users.ts'
import { appendEvent } from '../events/append.ts'
import type { Principal } from './principal.ts'
import { hashToken, newSecretToken } from './secret-token.ts'
import { csrfTokenOf, signedValue, tokenOfCookie } from './session-cookie.ts'

/** Counted anew from each use. */
export const sessionMs = 30 * 24 * 60 * 60_000
const touchMs = 60_000
/** How long a link is good: of the machine, of an invitation, of a reset. */
const linkMs = { 'sign-in': 10 * 60_000, invite: 7 * 24 * 60 * 60_000, reset: 24 * 60 * 60_000 }

export interface AuthDeps {
  db: Queryable
  clock: Clock
}

/** What sessions need besides: the key by which their cookies are signed. */
export interface SessionDeps extends AuthDeps {
  authSecret: string
}

/**
 * A token that signs somebody in once: the owner, made when there is none, or the user named. It stands in the
 * URL's fragment, which browsers never send: the page hands it over by POST /api/session.
 */
export async function issueLoginToken(
  deps: AuthDeps,
  input: { port: number; publicUrl?: string; userId?: string; kind?: LoginTokenKind },
): Promise<{ token: string; url: string; expiresAt: Date }> {
  const userId = input.userId ?? (await ensureOwner(deps.db, { id: newId(), name: 'owner' })).id
  const kind = input.kind ?? 'sign-in'
  const now = deps.clock.now()
  await deleteSpentLoginTokens(deps.db, now)
  await deleteExpiredSessions(deps.db, now)
  const { token, hash } = newSecretToken('sbl_')
  const expiresAt = new Date(now.getTime() + linkMs[kind])
  await insertLoginToken(deps.db, { tokenHash: hash, userId, expiresAt, kind })
  const base = input.publicUrl ?? `http://127.0.0.1:${input.port}`
  return { token, url: `${base}/#token=${token}`, expiresAt }
}

export interface NewSession {
  /** The cookie's value. */
  cookie: string
  csrfToken: string
  expiresAt: Date
  user: UserRow
}

/**
 * Uses a link's token up and opens a session; Failure `invalid-token` for a wrong, used or expired one alike. A
 * link of a reset takes password, passkeys, two-factor and all other sessions from its person at that moment.
 */
export async function openSession(
  deps: SessionDeps,
  input: { loginToken: string; userAgent: string; ip?: string },
): Promise<NewSession> {
  const now = deps.clock.now()
  const used = await consumeLoginToken(deps.db, { tokenHash: hashToken(input.loginToken), now })
  const user = used === undefined ? undefined : await findUser(deps.db, used.userId)
  if (!used || !user || user.disabled_at !== null) {
    throw new Failure('invalid-token', 'This sign-in token was used already, has expired or never was one.', {
      hint: 'Run "signalbox open" on the machine on which Signalbox runs, or ask for another link. Nothing has to be started again.',
    })
  }
  const { token } = newSecretToken('')
  const expiresAt = new Date(now.getTime() + sessionMs)
  const session = await inTransaction(deps.db, async (tx) => {
    if (used.kind === 'reset') {
      await deleteCredentials(tx, user.id)
      await deleteSessions(tx, { userId: user.id })
      await appendEvent(tx, { type: 'access.changed', data: { userId: user.id } })
    }
    return await insertSession(tx, {
      id: newId(now.getTime()),
      token,
      user_id: user.id,
      expires_at: expiresAt,
      ip_address: input.ip ?? null,
      user_agent: input.userAgent.replace(/[^\x20-\x7e]/g, '?').slice(0, 300),
      created_at: now,
      updated_at: now,
    })
  })
  const csrfToken = csrfTokenOf(deps.authSecret, session.id)
  return { cookie: signedValue(deps.authSecret, token), csrfToken, expiresAt, user }
}

/** Who a session cookie belongs to; undefined when it is unknown or over. */
export async function principalOfSession(deps: SessionDeps, cookie: string): Promise<Principal | undefined> {
  const token = tokenOfCookie(deps.authSecret, cookie)
  if (token === undefined) return undefined
  const now = deps.clock.now()
  const found = await findSession(deps.db, { token, now })
  if (!found) return undefined
  const { user, session } = found
  if (now.getTime() - session.updated_at.getTime() > touchMs) {
    await touchSession(deps.db, { id: session.id, now, expiresAt: new Date(now.getTime() + sessionMs) })
  }
  const projects = await sessionProjects(deps, user)
  const who = { userId: user.id, name: user.name, role: user.role, projects, scopes: 'all' as const }
  const csrfToken = csrfTokenOf(deps.authSecret, session.id)
  return { ...who, via: 'session', sessionId: session.id, csrfToken }
}

/** Who an API token belongs to; undefined when it is unknown, revoked or over. */
export async function principalOfToken(deps: AuthDeps, token: string): Promise<Principal | undefined> {
  const found = await findApiToken(deps.db, { tokenHash: hashToken(token), now: deps.clock.now() })
  if (!found) return undefined
  const { token: row } = found
  const now = deps.clock.now()
  if (now.getTime() - (row.last_used_at?.getTime() ?? 0) > touchMs) {
    await touchApiToken(deps.db, { id: row.id, now })
  }
  return await asTokenPrincipal(deps, found)
}

/** What a token that was found makes of its person. */
export async function asTokenPrincipal(
  deps: AuthDeps,
  found: NonNullable<Awaited<ReturnType<typeof findApiToken>>>,
) {
  const { user, token: row } = found
  const projects = limitTo(row.project_ids, await sessionProjects(deps, user))
  const limited = row.project_ids !== null
  return {
    userId: user.id,
    name: user.name,
    // What is for some projects has no business with the machine.
    role: limited ? ('user' as const) : user.role,
    projects,
    scopes:
      row.scopes === null
        ? ('all' as const)
        : new Set(permissions.filter((name) => row.scopes?.includes(name))),
    via: 'token' as const,
    tokenId: row.id,
    limited,
    ends: row.expires_at !== null,
  }
}

/** Owners and admins have every project; the others those that they are members of. */
export async function sessionProjects(deps: AuthDeps, user: SignedInUser): Promise<Principal['projects']> {
  return user.role === 'user' ? await projectRolesOf(deps.db, user.id) : 'all'
}

function limitTo(ids: string[] | null, projects: Principal['projects']): Principal['projects'] {
  if (ids === null) return projects
  if (projects === 'all') return new Map(ids.map((id) => [id, 'owner']))
  return new Map([...projects].filter(([id]) => ids.includes(id)))
}
