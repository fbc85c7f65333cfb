import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import { sessionCookie } from '../auth/session-cookie.ts'

/** Routes that anybody may read, or that ask by themselves who it is. */
export function markPublic(route: RouteOptions): void {
  route.config = { permission: 'public', ...route.config }
}

/**
 * The OpenAPI 3.1 page of the contract at `/api/docs`, its document at `/api/openapi.json`. Registered on the
 * root before all routes: it collects those that have a tag.
 */
export async function serveDocs(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    hideUntagged: true,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Signalbox',
        version,
        description:
          'From a goal to production, nothing through that has not been proven. Live events: WebSocket at ' +
          '/api/live, server-sent events at /api/events.',
      },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'The CLI token of the data folder.' },
          session: { type: 'apiKey', in: 'cookie', name: sessionCookie },
        },
      },
      security: [{ token: [] }, { session: [] }],
    },
    transform: jsonSchemaTransform,
  })
  await app.register(async (scope) => {
    scope.addHook('onRoute', markPublic)
    await scope.register(swaggerUi, {
      routePrefix: '/api/docs',
      theme: { title: 'Signalbox API' },
      uiConfig: { docExpansion: 'list', deepLinking: true, tryItOutEnabled: false },
    })
    scope.get('/api/openapi.json', async (_request, reply) => {
      reply.type('application/json; charset=utf-8')
      return JSON.stringify(app.swagger())
    })
  })
}
