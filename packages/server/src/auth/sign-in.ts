import type { Clock } from '@signalbox/core/base/clock.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import type { Queryable } from '../db/connect.ts'
import { deleteExpiredSessions, findSession, insertSession } from '../db/sessions.ts'
import { consumeLoginToken, deleteSpentLoginTokens, findApiToken, insertLoginToken } from '../db/tokens.ts'
import { ensureOwner, findUser, type UserRow } from '../db/users.ts'
import type { Principal } from './principal.ts'
import { hashToken, newSecretToken } from './secret-token.ts'

const loginTokenMs = 10 * 60_000
const sessionMs = 30 * 24 * 60 * 60_000

export interface AuthDeps {
  db: Queryable
  clock: Clock
}

/**
 * A token that signs the owner in once within 10 minutes; the owner is made when there is none. It stands in
 * the URL's fragment, which browsers never send: the page hands it over by POST /api/session.
 */
export async function issueLoginToken(
  deps: AuthDeps,
  input: { port: number },
): Promise<{ token: string; url: string; expiresAt: Date }> {
  const owner = await ensureOwner(deps.db, { id: newId(), name: 'owner' })
  const now = deps.clock.now()
  await deleteSpentLoginTokens(deps.db, now)
  await deleteExpiredSessions(deps.db, now)
  const { token, hash } = newSecretToken('sbl_')
  const expiresAt = new Date(now.getTime() + loginTokenMs)
  await insertLoginToken(deps.db, { tokenHash: hash, userId: owner.id, expiresAt })
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
  const csrfToken = session.csrf_token
  return { userId: user.id, name: user.name, role: user.role, via: 'session', sessionHash, csrfToken }
}

/** Who an API token belongs to; undefined when it is unknown or revoked. */
export async function principalOfToken(deps: AuthDeps, token: string): Promise<Principal | undefined> {
  const found = await findApiToken(deps.db, hashToken(token))
  if (!found) return undefined
  const { user, token: row } = found
  return { userId: user.id, name: user.name, role: user.role, via: 'token', tokenId: row.id }
}
