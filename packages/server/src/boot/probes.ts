import type { Clock } from '@signalbox/core/base/clock.ts'
import type { Ingress } from '@signalbox/engine/deploy/port.ts'
import type { Kysely } from 'kysely'
import type { ServerDeps } from '../api/server-deps.ts'
import type { Config } from '../config.ts'
import type { Database } from '../db/schema.ts'
import { pingDatabase } from '../db/server-facts.ts'
import { listWorkers } from '../db/workers.ts'
import type { Queue } from '../flows/queue.ts'
import { diskSpace } from '../worker/disk-space.ts'

const workerSilentMs = 15_000

/** How /health looks at each part. */
export function createProbes(deps: {
  db: Kysely<Database>
  queue: Queue
  ingress: Ingress
  clock: Clock
  config: Config
  /** Of this process, which has at most `max`. */
  pool: () => { total: number; idle: number; waiting: number; max: number }
}): ServerDeps['probes'] {
  return {
    async database() {
      await pingDatabase(deps.db)
      const { total, idle, waiting, max } = deps.pool()
      const used = `${total - idle} of ${max} connections in use, ${waiting} waiting for one`
      return { status: 'ok', detail: `answers; ${used}` }
    },
    async queue() {
      const healthy = await deps.queue.healthy()
      return healthy
        ? { status: 'ok', detail: 'answers' }
        : { status: 'down', detail: 'the queue is missing' }
    },
    async worker() {
      const now = deps.clock.now().getTime()
      const workers = await listWorkers(deps.db)
      const alive = workers.filter((worker) => now - worker.heartbeat_at.getTime() < workerSilentMs)
      const able = alive.filter((worker) => worker.slots > 0)
      const troubled = able.flatMap((worker) => (worker.trouble ? [`${worker.name}: ${worker.trouble}`] : []))
      if (able.length > 0 && troubled.length === able.length) {
        return { status: 'degraded', detail: troubled.join(' ') }
      }
      if (able.length > 0) return { status: 'ok', detail: `${able.length} at work` }
      if (alive.length > 0) {
        return {
          status: 'down',
          detail: 'The worker can make no sandbox: the system page says what to install.',
        }
      }
      return { status: 'down', detail: 'No worker has shown a sign of life in the last 15 s.' }
    },
    async disk() {
      const { low, detail } = await diskSpace(deps.config)
      return { status: low ? 'degraded' : 'ok', detail }
    },
    async ingress() {
      const { port } = await deps.ingress.address()
      return { status: 'ok', detail: `port ${port}` }
    },
  }
}
