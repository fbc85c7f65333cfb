import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import type { Ingress } from '../port.ts'
import { type ControlCall, callControl } from './control-call.ts'
import { ingressPaths } from './paths.ts'
import { ProcessFile, RouteCounts } from './schema.ts'

/** Longer than an ingress takes to start, so that a call survives its restart. */
const restartMs = 10_000
const callTimeoutMs = 10_000

/**
 * The ingress of a data folder, seen from the server or a worker. Every call is idempotent and is made again
 * while the ingress restarts; Failure `ingress-down` when it stays away for 10 s, or for `downForMs`: 0 asks once.
 */
export function createIngressClient({
  dataDir,
  downForMs = restartMs,
}: {
  dataDir: string
  downForMs?: number
}): Ingress {
  const { controlSocket } = ingressPaths(dataDir)

  async function call(what: Omit<ControlCall, 'timeoutMs'>, timeoutMs = callTimeoutMs): Promise<unknown> {
    const giveUpAt = Date.now() + downForMs
    for (;;) {
      try {
        return await callControl(controlSocket, { ...what, timeoutMs })
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== 'ingress-down' || Date.now() >= giveUpAt)
          throw error
        await delay(100)
      }
    }
  }

  return {
    async address() {
      const { port } = ProcessFile.parse(await call({ method: 'GET', path: '/health' }))
      return { port }
    },
    async setRoute(route) {
      await call({ method: 'PUT', path: '/routes', body: { ...route, host: route.host.toLowerCase() } })
    },
    async removeRoute(host) {
      await call({ method: 'DELETE', path: '/routes', query: { host: host.toLowerCase() } })
    },
    async routes() {
      return z.array(RouteCounts).parse(await call({ method: 'GET', path: '/routes' }))
    },
    async drained(releaseId, timeoutMs) {
      const query = { releaseId, timeoutMs: String(timeoutMs) }
      const answer = await call({ method: 'GET', path: '/drained', query }, timeoutMs + callTimeoutMs)
      return z.object({ drained: z.boolean() }).parse(answer).drained
    },
  }
}
