import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import type { AccountSession, AccountView } from '@signalbox/core/contract/views/people.ts'
import { checkPassword, hashOf, isPassword } from '../auth/passwords.ts'
import type { Principal } from '../auth/principal.ts'
import { countSignIn } from '../auth/throttle.ts'
import { forgetTrustedDevices, savePassword, signInWays } from '../db/credentials.ts'
import { deleteSessions, listSessions, type SessionRow } from '../db/sessions.ts'
import { findUser, findUserByEmail, type UserRow, updateUser } from '../db/users.ts'
import { tellAccessChanged } from './access-events.ts'
import type { Handlers } from './handlers.ts'
import type { ServerDeps } from './server-deps.ts'

type AccountHandlers = Pick<
  Handlers,
  'getAccount' | 'updateAccount' | 'setPassword' | 'listSessions' | 'endSession' | 'endOtherSessions'
>

type SessionPrincipal = Extract<Principal, { via: 'session' }>

/** Failure `forbidden` for programs: ways to sign in are changed by a person in a browser. */
function asPerson(principal: Principal | undefined): SessionPrincipal {
  if (principal?.via === 'session') return principal
  throw new Failure('forbidden', 'Only a browser that is signed in does this, not an API token.')
}

async function mustFindSelf(deps: ServerDeps, principal: Principal | undefined): Promise<UserRow> {
  const user = principal && (await findUser(deps.db, principal.userId))
  if (user) return user
  throw new Failure('not-signed-in', 'You are not signed in.')
}

async function accountView(deps: ServerDeps, user: UserRow): Promise<AccountView> {
  const ways = await signInWays(deps.db, user.id)
  return {
    id: user.id,
    name: user.name,
    email: user.email,
    role: user.role,
    hasPassword: ways.password !== null,
    twoFactor: ways.twoFactor,
    passkeys: ways.passkeys.map((row) => ({
      id: row.id,
      name: row.name ?? 'Passkey',
      createdAt: row.created_at?.toISOString() ?? null,
    })),
    passkeyHost: new URL(deps.config.publicUrl ?? 'http://localhost').hostname,
  }
}

function sessionItem(row: SessionRow, currentId: string): AccountSession {
  return {
    id: row.id,
    userAgent: row.user_agent ?? '',
    ip: row.ip_address ?? '',
    createdAt: row.created_at.toISOString(),
    lastSeenAt: row.updated_at.toISOString(),
    current: row.id === currentId,
  }
}

/** One's own account: name, password, sessions. Passkeys and two-factor are better-auth's (auth-routes.ts). */
export function accountHandlers(deps: ServerDeps): AccountHandlers {
  return {
    async getAccount(_request, { principal }) {
      return await accountView(deps, await mustFindSelf(deps, principal))
    },
    async updateAccount({ body }, { principal }) {
      const { userId } = asPerson(principal)
      const taken = body.email === undefined ? undefined : await findUserByEmail(deps.db, body.email)
      if (taken && taken.id !== userId) {
        throw new Failure('name-taken', 'Somebody else has this e-mail address here.')
      }
      const set = { name: body.name, email: body.email }
      const user = await updateUser(deps.db, { id: userId, now: deps.clock.now(), set })
      return await accountView(deps, user ?? (await mustFindSelf(deps, principal)))
    },
    async setPassword({ body }, { principal, request }) {
      const { sessionId } = asPerson(principal)
      const user = await mustFindSelf(deps, principal)
      if (user.email === null) {
        throw new Failure('refused', 'A password needs an e-mail address: you sign in with both.', {
          hint: 'Set your e-mail address first.',
        })
      }
      const { password } = await signInWays(deps.db, user.id)
      if (password !== null) {
        await countSignIn(deps, { ip: request.ip, account: `change ${user.id}` })
        const current = body.currentPassword ?? ''
        if (!(await isPassword(current, password))) {
          throw new Failure('wrong-password', 'The current password is another one.')
        }
      }
      checkPassword(body.password, user)
      const hash = await hashOf(body.password)
      const now = deps.clock.now()
      await deps.db.transaction().execute(async (tx) => {
        await savePassword(tx, { id: newId(), userId: user.id, hash, now })
        await forgetTrustedDevices(tx, user.id)
        const ended = await deleteSessions(tx, { userId: user.id, exceptId: sessionId })
        if (ended > 0) await tellAccessChanged(tx, { userId: user.id })
      })
      return await accountView(deps, user)
    },
    async listSessions(_request, { principal }) {
      const { userId, sessionId } = asPerson(principal)
      const rows = await listSessions(deps.db, { userId, now: deps.clock.now() })
      return { items: rows.map((row) => sessionItem(row, sessionId)) }
    },
    async endSession({ params }, { principal }) {
      const { userId } = asPerson(principal)
      const ended = await endSessions(deps, { userId, id: params.session })
      if (ended === 0) throw new Failure('not-found', 'There is no such session.')
      return {}
    },
    async endOtherSessions(_request, { principal }) {
      const { userId, sessionId } = asPerson(principal)
      return { ended: await endSessions(deps, { userId, exceptId: sessionId }) }
    },
  }
}

/** With the sockets that they hold open. */
async function endSessions(
  deps: ServerDeps,
  which: { userId: string; id?: string; exceptId?: string },
): Promise<number> {
  return await deps.db.transaction().execute(async (tx) => {
    const ended = await deleteSessions(tx, which)
    // Whoever ends them all wants no device to come back by the password alone.
    if (which.exceptId !== undefined) await forgetTrustedDevices(tx, which.userId)
    if (ended > 0) await tellAccessChanged(tx, { userId: which.userId })
    return ended
  })
}
