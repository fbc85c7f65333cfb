import { Failure } from '@signalbox/core/base/failure.ts'
import { needs } from '@signalbox/core/contract/roles.ts'
import type { Permission } from '@signalbox/core/contract/routes/route.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { principalOfJwt } from '../auth/jwt.ts'
import { inScope, may, type Principal, sees } from '../auth/principal.ts'
import { sameSecret } from '../auth/secret-token.ts'
import { sessionCookie } from '../auth/session-cookie.ts'
import { principalOfSession, principalOfToken, type SessionDeps } from '../auth/sign-in.ts'
import { type OwnedKind, projectOf } from '../db/project-of.ts'

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | undefined
  }
  interface FastifyContextConfig {
    permission?: Permission
  }
}

const reads: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/** The parameters of routes by which the project of a request is known. */
const owned = ['project', 'change', 'run', 'job', 'deployment'] as const satisfies OwnedKind[]

/**
 * The hook of one route: who asks, may they, and did a page of ours send it. The project is that of the
 * parameters `project`, `change`, `run`, `job`, `deployment`; a route without one is for those who have every
 * project, unless it is a list that shows each caller their own (`acrossProjects`). Failures `not-signed-in`,
 * `forbidden`, `csrf-token`, and `not-found` for what the caller may not know of.
 */
export function authorize(
  deps: SessionDeps,
  permission: Permission,
  { acrossProjects = false }: { acrossProjects?: boolean } = {},
) {
  return async function authorizeRequest(request: FastifyRequest, _reply: FastifyReply): Promise<void> {
    if (permission === 'public') return
    const principal = await principalOf(deps, request)
    if (!principal) {
      throw new Failure('not-signed-in', 'You are not signed in.', {
        hint: 'Open the URL that Signalbox prints at start, or send an API token as a bearer token.',
      })
    }
    if (principal.via === 'session' && !reads.includes(request.method)) {
      const sent = request.headers['x-csrf-token']
      if (typeof sent !== 'string' || !sameSecret(sent, principal.csrfToken)) {
        throw new Failure('csrf-token', 'The request lacks the token that proves it came from our page.', {
          hint: 'Send the csrfToken of GET /api/session as the header x-csrf-token.',
        })
      }
    }
    const allowed = acrossProjects
      ? inScope(principal, permission)
      : await mayHere(deps, { principal, permission, params: namesIn(request.params) })
    if (!allowed) throw forbidden(permission)
    request.principal = principal
  }
}

/** What somebody is told who may see a thing but not do this with it. */
export function forbidden(permission: Permission): Failure {
  const need = needs[permission]
  const hint = need.on === 'project' ? `At least the role ${need.role} in the project has it.` : undefined
  return new Failure('forbidden', `This needs the permission ${permission}.`, hint ? { hint } : {})
}

/** Failure `not-found` when one of the things named is of a project that they do not see, or is not there. */
async function mayHere(
  deps: SessionDeps,
  asked: { principal: Principal; permission: Permission; params: Map<OwnedKind, string> },
): Promise<boolean> {
  const { principal, permission, params } = asked
  // Who has every project is answered by the handler, which looks anyway.
  if (principal.projects === 'all' || params.size === 0) return may(principal, permission)
  let allowed = true
  for (const [kind, id] of params) {
    const projectId = await projectOf(deps.db, kind, id)
    if (projectId === undefined || !sees(principal, projectId)) {
      throw new Failure('not-found', `There is no such ${kind}.`)
    }
    allowed &&= may(principal, permission, projectId)
  }
  return allowed
}

function namesIn(params: unknown): Map<OwnedKind, string> {
  const named = new Map<OwnedKind, string>()
  for (const [name, value] of Object.entries(params ?? {})) {
    const kind = owned.find((one) => one === name)
    if (kind !== undefined) named.set(kind, String(value))
  }
  return named
}

/** By bearer token when one is sent (a wrong one never falls back to the cookie), else by cookie. */
async function principalOf(deps: SessionDeps, request: FastifyRequest): Promise<Principal | undefined> {
  const authorization = request.headers.authorization
  if (authorization !== undefined) {
    const token = /^Bearer ([A-Za-z0-9_.-]{1,2000})$/i.exec(authorization)?.[1]
    if (token === undefined) return undefined
    return token.includes('.') ? principalOfJwt(deps, token) : principalOfToken(deps, token)
  }
  const cookie = request.cookies[sessionCookie]
  return cookie === undefined ? undefined : principalOfSession(deps, cookie)
}

/** Whether somebody who signed in earlier still is: asked by connections that stay open. */
export async function stillSignedIn(deps: SessionDeps, request: FastifyRequest): Promise<boolean> {
  return (await principalOf(deps, request)) !== undefined
}

/** Who an authorised request is from. */
export function principalIn(request: FastifyRequest): Principal {
  if (!request.principal) throw new Failure('not-signed-in', 'You are not signed in.')
  return request.principal
}
