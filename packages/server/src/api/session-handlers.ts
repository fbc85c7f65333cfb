import { Failure } from '@signalbox/core/base/failure.ts'
import type { SessionView } from '@signalbox/core/contract/views/session.ts'
import { isWhole, type Principal } from '../auth/principal.ts'
import { sessionCookie } from '../auth/session-cookie.ts'
import { issueLoginToken, openSession, principalOfSession } from '../auth/sign-in.ts'
import { signInWays } from '../db/credentials.ts'
import { deleteSessions } from '../db/sessions.ts'
import type { Handlers } from './handlers.ts'
import type { ServerDeps } from './server-deps.ts'

type SessionHandlers = Pick<Handlers, 'createSession' | 'getSession' | 'deleteSession' | 'createLoginToken'>

/** Signing in and out. */
export function sessionHandlers(deps: ServerDeps): SessionHandlers {
  return {
    async createSession({ body }, { request, reply }) {
      const userAgent = request.headers['user-agent'] ?? ''
      const session = await openSession(deps, { loginToken: body.token, userAgent, ip: request.ip })
      reply.setCookie(sessionCookie, session.cookie, {
        path: '/',
        httpOnly: true,
        sameSite: 'strict',
        secure: request.protocol === 'https' || (deps.config.publicUrl?.startsWith('https:') ?? false),
        expires: session.expiresAt,
      })
      const principal = await principalOfSession(deps, session.cookie)
      request.principal = principal
      return await sessionView(deps, principal)
    },
    async getSession(_request, { principal }) {
      return await sessionView(deps, principal)
    },
    async deleteSession(_request, { principal, reply }) {
      if (principal?.via !== 'session') {
        throw new Failure('refused', 'Only a browser signs out; an API token is revoked.')
      }
      await deleteSessions(deps.db, { userId: principal.userId, id: principal.sessionId })
      reply.clearCookie(sessionCookie, { path: '/' })
      return {}
    },
    async createLoginToken(_request, { principal }) {
      // A token that is for less than its person may must not become a session, which is for everything.
      if (!principal || !isWhole(principal)) {
        throw new Failure('forbidden', 'A token with scopes or limited to projects opens no sessions.')
      }
      const { userId } = principal
      const { token, url, expiresAt } = await issueLoginToken(deps, {
        port: deps.config.port,
        publicUrl: deps.config.publicUrl,
        userId,
      })
      return { token, url, expiresAt: expiresAt.toISOString() }
    },
  }
}

/** A program with an API token needs no CSRF token: its is empty. */
async function sessionView(deps: ServerDeps, principal: Principal | undefined): Promise<SessionView> {
  if (!principal) throw new Failure('not-signed-in', 'You are not signed in.')
  const ways = await signInWays(deps.db, principal.userId)
  return {
    user: { id: principal.userId, name: principal.name, role: principal.role },
    needsSetup: principal.via === 'session' && ways.password === null && ways.passkeys.length === 0,
    projects: principal.projects === 'all' ? null : Object.fromEntries(principal.projects),
    csrfToken: principal.via === 'session' ? principal.csrfToken : '',
  }
}
