import { Failure } from '@signalbox/core/base/failure.ts'
import type { SessionView } from '@signalbox/core/contract/views/session.ts'
import { isWhole, type Principal } from '../auth/principal.ts'
import { issueLoginToken, openSession } from '../auth/sign-in.ts'
import { deleteSession } from '../db/sessions.ts'
import { sessionCookie } from './authorize.ts'
import type { Handlers } from './handlers.ts'
import type { ServerDeps } from './server-deps.ts'

type SessionHandlers = Pick<Handlers, 'createSession' | 'getSession' | 'deleteSession' | 'createLoginToken'>

/** Signing in and out. */
export function sessionHandlers(deps: ServerDeps): SessionHandlers {
  return {
    async createSession({ body }, { request, reply }) {
      const userAgent = request.headers['user-agent'] ?? ''
      const session = await openSession(deps, { loginToken: body.token, userAgent })
      reply.setCookie(sessionCookie, session.token, {
        path: '/',
        httpOnly: true,
        sameSite: 'strict',
        secure: request.protocol === 'https',
        expires: session.expiresAt,
      })
      const { id, name, role } = session.user
      return { user: { id, name, role }, csrfToken: session.csrfToken }
    },
    async getSession(_request, { principal }) {
      return sessionView(principal)
    },
    async deleteSession(_request, { principal, reply }) {
      if (principal?.via !== 'session') {
        throw new Failure('refused', 'Only a browser signs out; an API token is revoked.')
      }
      await deleteSession(deps.db, principal.sessionHash)
      reply.clearCookie(sessionCookie, { path: '/' })
      return {}
    },
    async createLoginToken(_request, { principal }) {
      // A token that is for less than its person may must not become a session, which is for everything.
      if (!principal || !isWhole(principal)) {
        throw new Failure('forbidden', 'A token with scopes or limited to projects opens no sessions.')
      }
      const { userId } = principal
      const { token, url, expiresAt } = await issueLoginToken(deps, { port: deps.config.port, userId })
      return { token, url, expiresAt: expiresAt.toISOString() }
    },
  }
}

/** A program with an API token needs no CSRF token: its is empty. */
function sessionView(principal: Principal | undefined): SessionView {
  if (!principal) throw new Failure('not-signed-in', 'You are not signed in.')
  const user = { id: principal.userId, name: principal.name, role: principal.role }
  return { user, csrfToken: principal.via === 'session' ? principal.csrfToken : '' }
}
