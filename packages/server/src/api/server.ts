import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import websocket from '@fastify/websocket'
import { newId } from '@signalbox/core/base/ids.ts'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  LogController,
  type RouteOptions,
} from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { checkSameSite } from '../auth/same-site.ts'
import { gitHttp } from '../forge/local/http.ts'
import { withLogIds } from '../log/context.ts'
import { accountHandlers } from './account-handlers.ts'
import { serveArtifacts } from './artifact-download.ts'
import { serveAuditExport } from './audit-export.ts'
import { auditHandlers } from './audit-handlers.ts'
import { serveAuth } from './auth-routes.ts'
import { bindRoutes } from './bind.ts'
import { changeHandlers } from './change-handlers.ts'
import { commentHandlers } from './comment-handlers.ts'
import { createConnectionLimit } from './connection-limit.ts'
import { allowOrigins } from './cors.ts'
import { serveDashboard } from './dashboard.ts'
import { deploymentHandlers } from './deployment-handlers.ts'
import { markPublic, serveDocs } from './docs.ts'
import { eventHandlers } from './event-handlers.ts'
import { serveEvents } from './events.ts'
import { gitHttpDeps } from './git-http-deps.ts'
import type { Handlers } from './handlers.ts'
import { inboxHandlers } from './inbox-handlers.ts'
import { insightsHandlers } from './insights-handlers.ts'
import { serveLive } from './live.ts'
import { memberHandlers } from './member-handlers.ts'
import { serveMetrics } from './metrics.ts'
import { pipelineHandlers } from './pipeline-handlers.ts'
import { sendProblem } from './problem.ts'
import { projectHandlers } from './project-handlers.ts'
import { limitRates } from './rate-limits.ts'
import { retentionHandlers } from './retention-handlers.ts'
import { runHandlers } from './run-handlers.ts'
import { searchHandlers } from './search-handlers.ts'
import { secretHandlers } from './secret-handlers.ts'
import type { ServerDeps } from './server-deps.ts'
import { servicesHandlers } from './services-handlers.ts'
import { sessionHandlers } from './session-handlers.ts'
import { serveShell } from './shell.ts'
import { snapshotHandlers } from './snapshot-handlers.ts'
import { systemHandlers } from './system-handlers.ts'
import { tokenHandlers } from './token-handlers.ts'
import { userHandlers } from './user-handlers.ts'

const maxBodyBytes = 1024 * 1024

/**
 * The HTTP side: API, live channel, git, docs and dashboard, ready to listen on 127.0.0.1. Every route names
 * its permission; a route without one fails at boot, as does one without a handler.
 */
export async function buildServer(deps: ServerDeps): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    loggerInstance: asFastifyLog(deps.log.child({}, { serializers: { req: requestLine } })),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => newId(),
    requestIdHeader: false,
    bodyLimit: maxBodyBytes,
    connectionTimeout: 0,
    keepAliveTimeout: 72_000,
    forceCloseConnections: true,
    trustProxy: deps.config.trustedProxies.length > 0 ? deps.config.trustedProxies : false,
    // Addresses that the router cannot read never reach a hook.
    frameworkErrors: (error, request, reply) =>
      sendProblem(request, reply.header('x-request-id', request.id), error),
    routerOptions: { maxParamLength: 300, ignoreTrailingSlash: false },
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  // JSON only; fastify would take text as well.
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, error))
  requirePermissions(app)
  app.decorateRequest('principal', undefined)

  const allowedHosts = new Set(deps.allowedHosts)
  app.addHook('onRequest', (request, _reply, done) => withLogIds({ requestId: request.id }, done))
  const corsOrigins = new Set(deps.config.corsOrigins)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    checkSameSite(request.headers, allowedHosts, corsOrigins)
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, url } = request
    const durationMs = Math.round(reply.elapsedTime * 10) / 10
    // After an upgrade that was refused nobody else ends the connection, and node no longer counts it.
    if (request.headers.upgrade !== undefined) request.raw.socket.destroySoon()
    request.log.debug({ method, path: pathOf(url), status: reply.statusCode, durationMs }, 'request')
  })

  serveMetrics(app, deps)
  await app.register(helmet, { contentSecurityPolicy: { useDefaults: false, directives }, hsts: false })
  await app.register(cookie)
  await limitRates(app, {
    perMinute: deps.config.rateLimitPerMinute,
    browserPerMinute: deps.config.browserRateLimitPerMinute,
    machineToken: deps.machineToken,
  })
  await allowOrigins(app, deps.config.corsOrigins)
  await app.register(websocket, { options: { maxPayload: 64 * 1024 } })
  await serveDocs(app, deps.version)
  await app.register(async (api) => bindRoutes(api, deps, handlersOf(deps)))
  await app.register(async (audit) => serveAuditExport(audit, deps))
  await app.register(async (auth) => serveAuth(auth, deps))
  await app.register(async (artifacts) => serveArtifacts(artifacts, deps))
  const liveLimit = createConnectionLimit(deps.config.maxLiveConnections)
  await app.register(async (live) => serveLive(live, deps, liveLimit))
  await app.register(async (shell) => serveShell(shell, deps, createConnectionLimit(deps.config.maxShells)))
  await app.register(async (events) => serveEvents(events, deps, liveLimit))
  await app.register(async (git) => {
    git.addHook('onRoute', markPublic)
    await gitHttp(git, gitHttpDeps(deps))
  })
  await serveDashboard(app, deps.dashboardDir)
  return app
}

const directives = {
  'default-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'", 'ws:', 'wss:'],
  'object-src': ["'none'"],
  'base-uri': ["'self'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
}

function handlersOf(deps: ServerDeps): Handlers {
  return {
    ...systemHandlers(deps),
    ...retentionHandlers(deps),
    ...sessionHandlers(deps),
    ...accountHandlers(deps),
    ...tokenHandlers(deps),
    ...userHandlers(deps),
    ...memberHandlers(deps),
    ...projectHandlers(deps),
    ...changeHandlers(deps),
    ...commentHandlers(deps),
    ...runHandlers(deps),
    ...eventHandlers(deps),
    ...insightsHandlers(deps),
    ...pipelineHandlers(deps),
    ...deploymentHandlers(deps),
    ...inboxHandlers(deps),
    ...searchHandlers(deps),
    ...secretHandlers(deps),
    ...auditHandlers(deps),
    ...snapshotHandlers(deps),
    ...servicesHandlers(deps),
  }
}

function requirePermissions(app: FastifyInstance): void {
  const all: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    all.push(route)
  })
  app.addHook('onReady', async () => {
    const open = all.filter((route) => route.config?.permission === undefined)
    if (open.length === 0) return
    const names = open.map((route) => `${String(route.method)} ${route.url}`)
    throw new Error(`routes that name no permission: ${names.join(', ')}`)
  })
}

/** pino's logger, with no more of its type than fastify asks for. */
function asFastifyLog(log: FastifyBaseLogger): FastifyBaseLogger {
  return log
}

/** A request in the log: never its headers, body or query. */
function requestLine(request: { method: string; url: string }) {
  return { method: request.method, path: pathOf(request.url) }
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? ''
}
