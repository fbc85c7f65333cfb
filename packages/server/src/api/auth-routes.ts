import { Failure } from '@signalbox/core/base/failure.ts'
import type { Permission } from '@signalbox/core/contract/routes/route.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { createBetterAuth, ipHeader } from '../auth/better-auth.ts'
import type { Principal } from '../auth/principal.ts'
import { sessionCookie } from '../auth/session-cookie.ts'
import { principalOfSession } from '../auth/sign-in.ts'
import { countSignIn, signInSucceeded } from '../auth/throttle.ts'
import { forgetTrustedDevices } from '../db/credentials.ts'
import { audited } from './audit.ts'
import { authorize } from './authorize.ts'
import type { ServerDeps } from './server-deps.ts'

interface AuthRoute {
  method: 'GET' | 'POST'
  path: string
  permission: Permission
  /** A guess at a password or a code: counted. A passkey cannot be guessed, and signs in when the guesses are used up. */
  attempt?: true
  /** Two-factor begins or ends: no device that needed no code under the earlier one needs none under the next. */
  endsTrust?: true
}

const signInPath = '/sign-in/email'

/**
 * What of better-auth can be called; the rest of it does not exist here. Sign-up, its sessions, e-mail, changes of
 * user and password are not among them: those are routes of the contract.
 */
const served: AuthRoute[] = [
  { method: 'POST', path: signInPath, permission: 'public', attempt: true },
  { method: 'POST', path: '/two-factor/verify-totp', permission: 'public', attempt: true },
  { method: 'POST', path: '/two-factor/verify-backup-code', permission: 'public', attempt: true },
  { method: 'GET', path: '/passkey/generate-authenticate-options', permission: 'public' },
  { method: 'POST', path: '/passkey/verify-authentication', permission: 'public' },
  { method: 'GET', path: '/passkey/generate-register-options', permission: 'session.read' },
  { method: 'POST', path: '/passkey/verify-registration', permission: 'session.read' },
  { method: 'POST', path: '/passkey/update-passkey', permission: 'session.read' },
  { method: 'POST', path: '/passkey/delete-passkey', permission: 'session.read' },
  { method: 'POST', path: '/two-factor/enable', permission: 'session.read', endsTrust: true },
  { method: 'POST', path: '/two-factor/disable', permission: 'session.read', endsTrust: true },
  { method: 'POST', path: '/two-factor/generate-backup-codes', permission: 'session.read' },
]

/** The addresses below /api/auth that are served, for tests and the guide. */
export function authPaths(): string[] {
  return served.map((route) => `${route.method} /api/auth${route.path}`)
}

const SignIn = z.object({ email: z.string().max(300) })
const AuthProblem = z.object({ code: z.string().optional(), message: z.string().optional() })

/** Serves password, passkey and two-factor of better-auth below /api/auth. */
export async function serveAuth(app: FastifyInstance, deps: ServerDeps): Promise<void> {
  const auth = createBetterAuth(deps)
  for (const route of served) {
    app.route({
      method: route.method,
      url: `/api/auth${route.path}`,
      config: { permission: route.permission },
      bodyLimit: 64 * 1024,
      onRequest: authorize(deps, route.permission),
      async handler(request, reply) {
        // A token for programs has no password to change and no passkey to add.
        if (route.permission !== 'public' && request.principal?.via !== 'session') {
          throw new Failure('forbidden', 'Only a browser that is signed in does this.')
        }
        // Only there it says whose password was right: elsewhere anybody may write anybody's address.
        const account = route.path === signInPath ? SignIn.safeParse(request.body).data?.email : undefined
        const act = async () => {
          if (route.attempt) await countSignIn(deps, { ip: request.ip, account })
          // Before it, so that a crash between the two leaves no trusted device behind.
          if (route.endsTrust && request.principal)
            await forgetTrustedDevices(deps.db, request.principal.userId)
          const answer = await auth.handler(asWebRequest(request))
          if (answer.ok && account !== undefined) await signInSucceeded(deps, account)
          if (answer.ok && route.attempt) request.principal ??= await signedIn(deps, answer)
          return await bodyOf(reply, answer)
        }
        const action = `auth${route.path}`
        const write = {
          action,
          request,
          params: {},
          // What has no @ may be a password in the wrong field.
          body: account?.includes('@') ? { email: account } : {},
          projectId: undefined,
          state: nothing,
        }
        // The answer itself is not looked at: codes and keys stand in it.
        return route.method === 'GET' ? await act() : await audited(deps.db, write, act)
      },
    })
  }
}

function asWebRequest(request: FastifyRequest): Request {
  const headers = new Headers()
  for (const name of ['cookie', 'origin', 'user-agent', 'host', 'accept-language'] as const) {
    const value = request.headers[name]
    if (typeof value === 'string') headers.set(name, value)
  }
  headers.set(ipHeader, request.ip)
  const url = `http://${request.headers.host ?? 'localhost'}${request.url}`
  if (request.method !== 'POST') return new Request(url, { method: request.method, headers })
  headers.set('content-type', 'application/json')
  return new Request(url, { method: 'POST', headers, body: JSON.stringify(request.body ?? {}) })
}

/** Whose session the answer opens; undefined when the second factor is still to come. */
async function signedIn(deps: ServerDeps, answer: Response): Promise<Principal | undefined> {
  for (const cookie of answer.headers.getSetCookie()) {
    const [pair = ''] = cookie.split(';', 1)
    if (!pair.startsWith(`${sessionCookie}=`)) continue
    return await principalOfSession(deps, decodeURIComponent(pair.slice(sessionCookie.length + 1)))
  }
  return undefined
}

const nothing = async () => undefined

async function bodyOf(reply: FastifyReply, answer: Response): Promise<unknown> {
  for (const cookie of answer.headers.getSetCookie()) reply.header('set-cookie', cookie)
  reply.header('cache-control', 'no-store')
  const body: unknown = await answer.json().catch(() => null)
  if (!answer.ok) throw failureOf(answer.status, body)
  return withoutToken(body)
}

/** The token of the session belongs into the cookie, where no script reads it. */
function withoutToken(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body ?? {}
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'token' && name !== 'session'))
}

const hints: Record<string, string> = {
  SESSION_NOT_FRESH: 'Sign out and in again, then add the passkey.',
}

function failureOf(status: number, body: unknown): Failure {
  const { code = '', message = 'That was refused.' } = AuthProblem.safeParse(body).data ?? {}
  const hint = hints[code]
  if (status >= 500) return new Failure('sign-in-failed', 'Signing in does not work right now.')
  const ours = status === 401 ? 'wrong-credentials' : status === 429 ? 'too-many-requests' : 'auth-refused'
  return new Failure(ours, message, hint ? { hint } : {})
}
