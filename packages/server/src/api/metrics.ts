import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { isMetricsToken } from '../auth/metrics-token.ts'
import { readMeasures } from '../db/measures.ts'
import { authorize } from './authorize.ts'
import type { ServerDeps } from './server-deps.ts'

const permission = 'system.write'
const buckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Prometheus' page at GET /metrics: for an API token of an admin, or the token of SIGNALBOX_METRICS_TOKEN_FILE. Labels
 * are routes of ours, states, names of workers and hosts of environments: nothing that a request could make more of.
 */
export function serveMetrics(app: FastifyInstance, deps: ServerDeps): void {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const http = new Histogram({
    name: 'signalbox_http_request_duration_seconds',
    help: 'How long requests took, by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers: [registry],
  })
  const set = gauges(registry)
  app.addHook('onResponse', async (request, reply) => {
    // Of a route that is there: addresses that a caller made up would be labels without end.
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none')
    http.observe(
      { method: request.method, route, status: String(reply.statusCode) },
      Math.max(0, reply.elapsedTime) / 1000,
    )
  })
  const known = authorize(deps, permission)
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { permission },
    schema: { hide: true },
    onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
      if (!(await isScraper(deps, request))) await known(request, reply)
    },
    async handler(_request, reply) {
      await set(deps)
      return reply.type(registry.contentType).send(await registry.metrics())
    },
  })
}

async function isScraper(deps: ServerDeps, { headers }: FastifyRequest): Promise<boolean> {
  const { metricsTokenFile } = deps.config
  return metricsTokenFile !== undefined && (await isMetricsToken(metricsTokenFile, headers.authorization))
}

function gauges(registry: Registry): (deps: ServerDeps) => Promise<void> {
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge({ name: `signalbox_${name}`, help, labelNames, registers: [registry] })
  const up = gauge('up', 'Whether a part is well (1) or not (0)', ['part'])
  const jobs = gauge('jobs', 'Jobs that are not completed, by status', ['status'])
  const wait = gauge('job_wait_seconds', 'How long the oldest queued job has waited')
  const runs = gauge('runs', 'Runs that are kept, by kind and conclusion (or status)', ['kind', 'conclusion'])
  const deployments = gauge('deployments', 'Deployments, by conclusion (or status)', ['conclusion'])
  const changes = gauge('changes_open', 'Changes that are not completed, by status', ['status'])
  const slots = gauge('worker_slots', 'Jobs that a worker may run at once', ['worker'])
  const inHand = gauge('worker_jobs', 'Jobs that a worker has in hand', ['worker'])
  const age = gauge('worker_heartbeat_age_seconds', 'Since the last sign of life of a worker', ['worker'])
  const queues = gauge('queue_messages', 'Messages of the queue, by queue and state', ['queue', 'state'])
  const pool = gauge('database_connections', 'Connections of this server, by state', ['state'])
  const size = gauge('database_bytes', 'What the database takes on its disk')
  const lag = gauge('event_lag', 'Live events that wait for a writer below them')
  const free = gauge('disk_free_bytes', 'Free space in the data folder')
  const requests = gauge('ingress_requests', 'Requests to a release since its route was set', ['host'])
  const errors = gauge('ingress_errors', 'Requests to a release that failed, since its route was set', [
    'host',
  ])
  return async (deps) => {
    for (const one of [up, jobs, runs, deployments, changes, slots, inHand, age, queues, requests, errors])
      one.reset()
    const { pool: connections, freeBytes } = deps.measures
    const counts = connections()
    pool.set({ state: 'open' }, counts.total)
    pool.set({ state: 'idle' }, counts.idle)
    pool.set({ state: 'waiting' }, counts.waiting)
    free.set(await freeBytes())
    const routes = await deps.ingressRoutes().catch(() => undefined)
    up.set({ part: 'ingress' }, routes ? 1 : 0)
    for (const route of routes ?? []) {
      requests.set({ host: route.host }, route.requests)
      errors.set({ host: route.host }, route.errors)
    }
    // With the database away the rest of the page still says so.
    const read = await readMeasures(deps.db).catch(() => undefined)
    up.set({ part: 'database' }, read ? 1 : 0)
    if (!read) return
    for (const { status, count } of read.jobs) jobs.set({ status }, count)
    wait.set(read.oldestQueuedSeconds)
    for (const { kind, conclusion, count } of read.runs) runs.set({ kind, conclusion }, count)
    for (const { conclusion, count } of read.deployments) deployments.set({ conclusion }, count)
    for (const { status, count } of read.changes) changes.set({ status }, count)
    for (const worker of read.workers) {
      slots.set({ worker: worker.name }, worker.slots)
      inHand.set({ worker: worker.name }, worker.inHand)
      age.set({ worker: worker.name }, worker.heartbeatAgeSeconds)
    }
    for (const { name, queued, active } of read.queues) {
      queues.set({ queue: name, state: 'queued' }, queued)
      queues.set({ queue: name, state: 'active' }, active)
    }
    lag.set(read.eventLag)
    size.set(read.databaseBytes)
  }
}
