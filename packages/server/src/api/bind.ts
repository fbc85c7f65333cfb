import { Failure } from '@signalbox/core/base/failure.ts'
import type { Route } from '@signalbox/core/contract/routes/route.ts'
import { type RouteName, type RouteRequest, routes } from '@signalbox/core/contract/routes.ts'
import { Problem } from '@signalbox/core/contract/views/live.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SessionDeps } from '../auth/sign-in.ts'
import { audited } from './audit.ts'
import { auditedState, projectNamed } from './audited-state.ts'
import { authorize } from './authorize.ts'
import type { HandlerContext, Handlers } from './handlers.ts'

/** What every route may answer instead of its own answer. */
export const problemResponse = {
  description: 'What went wrong (RFC 9457), with a stable code and the next step.',
  content: { 'application/problem+json': { schema: Problem } },
}

/** Routes that guess at secrets are slowed down. */
const attempts: Partial<Record<RouteName, { max: number; timeWindow: number }>> = {
  createSession: { max: 20, timeWindow: 60_000 },
}

/** Registers every route of the contract; an Error names routes without handler and handlers without route. */
export function bindRoutes(app: FastifyInstance, deps: SessionDeps, handlers: Handlers): void {
  const names = Object.keys(routes)
  const lacking = names.filter((name) => !Object.hasOwn(handlers, name))
  const extra = Object.keys(handlers).filter((name) => !names.includes(name))
  if (lacking.length > 0) throw new Error(`routes without a handler: ${lacking.join(', ')}`)
  if (extra.length > 0) throw new Error(`handlers without a route: ${extra.join(', ')}`)
  for (const name of Object.keys(routes) as RouteName[]) bindRoute(app, deps, handlers, name)
}

function bindRoute<N extends RouteName>(
  app: FastifyInstance,
  deps: SessionDeps,
  handlers: Handlers,
  name: N,
): void {
  const route: Route = routes[name]
  const limit = attempts[name]
  app.route({
    method: route.method,
    url: route.path,
    config: { permission: route.permission, ...(limit ? { rateLimit: limit } : {}) },
    schema: {
      operationId: name,
      summary: route.summary,
      tags: [route.tag],
      ...(route.permission === 'public' ? { security: [] } : {}),
      ...(route.params ? { params: route.params } : {}),
      ...(route.query ? { querystring: route.query } : {}),
      ...(route.body ? { body: route.body } : {}),
      response: {
        200: route.response,
        // A system that is down says so in the same form.
        ...(name === 'health' ? { 503: route.response } : {}),
        default: problemResponse,
      },
    },
    onRequest: authorize(deps, route.permission, { acrossProjects: route.acrossProjects }),
    async handler(request, reply) {
      // What the route does not declare never reaches a handler; what it does, the validator has parsed.
      const parsed = {
        params: route.params ? request.params : undefined,
        query: route.query ? request.query : undefined,
        body: route.body ? request.body : undefined,
      } as RouteRequest<N>
      reply.header('cache-control', 'no-store')
      const answer = () => handlers[name](parsed, contextOf(request, reply))
      if (route.method === 'GET') return answer()
      const params = namesOf(request.params)
      const projectId = await projectNamed(deps.db, params)
      const state = () => auditedState(deps.db, params)
      return audited(deps.db, { action: name, request, params, body: parsed.body, projectId, state }, answer)
    },
  })
}

function namesOf(params: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(params ?? {}).map(([name, value]) => [name, String(value)]))
}

function contextOf(request: FastifyRequest, reply: FastifyReply): HandlerContext {
  return {
    principal: request.principal,
    get actor() {
      if (!request.principal) throw new Failure('not-signed-in', 'You are not signed in.')
      return { userId: request.principal.userId }
    },
    request,
    reply,
  }
}

/** The methods that the contract has for a concrete path; empty when it has none. */
export function methodsFor(path: string): string[] {
  const found = Object.values(routes).filter((route) => patternOf(route.path).test(path))
  return [...new Set(found.map((route) => route.method))]
}

function patternOf(path: string): RegExp {
  const pattern = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[a-z]+/g, '[^/]+')
  return new RegExp(`^${pattern}$`)
}
