import { Failure } from '@signalbox/core/base/failure.ts'
import type { Permission } from '@signalbox/core/contract/routes/route.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { may, type Principal } from '../auth/principal.ts'
import { sameSecret } from '../auth/secret-token.ts'
import { type AuthDeps, principalOfSession, principalOfToken } from '../auth/sign-in.ts'

/** The cookie of a browser's session. `__Host-` needs https, which loopback does not have. */
export const sessionCookie = 'signalbox_session'

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | undefined
  }
  interface FastifyContextConfig {
    permission?: Permission
  }
}

const reads: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/**
 * The hook of one route: who asks, may they, and did a page of ours send it. Failures `not-signed-in`,
 * `forbidden`, `csrf-token`.
 */
export function authorize(deps: AuthDeps, permission: Permission) {
  return async function authorizeRequest(request: FastifyRequest, _reply: FastifyReply): Promise<void> {
    if (permission === 'public') return
    const principal = await principalOf(deps, request)
    if (!principal) {
      throw new Failure('not-signed-in', 'You are not signed in.', {
        hint: 'Open the URL that Signalbox prints at start, or send an API token as a bearer token.',
      })
    }
    if (!may(principal, permission)) {
      throw new Failure('forbidden', `This needs the permission ${permission}.`)
    }
    if (principal.via === 'session' && !reads.includes(request.method)) {
      const sent = request.headers['x-csrf-token']
      if (typeof sent !== 'string' || !sameSecret(sent, principal.csrfToken)) {
        throw new Failure('csrf-token', 'The request lacks the token that proves it came from our page.', {
          hint: 'Send the csrfToken of GET /api/session as the header x-csrf-token.',
        })
      }
    }
    request.principal = principal
  }
}

/** By bearer token when one is sent (a wrong one never falls back to the cookie), else by cookie. */
async function principalOf(deps: AuthDeps, request: FastifyRequest): Promise<Principal | undefined> {
  const authorization = request.headers.authorization
  if (authorization !== undefined) {
    const token = /^Bearer ([A-Za-z0-9_-]{1,200})$/i.exec(authorization)?.[1]
    return token === undefined ? undefined : principalOfToken(deps, token)
  }
  const cookie = request.cookies[sessionCookie]
  return cookie === undefined ? undefined : principalOfSession(deps, cookie)
}

/** Whether somebody who signed in earlier still is: asked by connections that stay open. */
export async function stillSignedIn(deps: AuthDeps, request: FastifyRequest): Promise<boolean> {
  return (await principalOf(deps, request)) !== undefined
}
