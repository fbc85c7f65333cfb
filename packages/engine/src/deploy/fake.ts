import { Failure } from '@signalbox/core/base/failure.ts'
import type { DeployTarget, HealthResult, Ingress, ReleaseSpec, RouteStatus } from './port.ts'

/** How a release of the fake target behaves; by default it starts and is healthy. */
export interface FakeBehaviour {
  /** `exits`: start fails with release-exited. `machine`: the machine could not do its part. */
  start?: 'exits' | 'machine'
  /** The nth check (from 1) since the release was started. */
  health?: (n: number) => HealthResult | 'exits'
  output?: string
}

/** The fake, what was asked of it in order, and its releases' behaviour by id. */
export interface FakeTarget extends DeployTarget {
  calls: string[]
  behaviours: Map<string, FakeBehaviour>
}

const healthy: HealthResult = { healthy: true, detail: 'HTTP 200 in 1 ms', durationMs: 1 }

/**
 * A deploy target for tests: releases are entries in a map. It throws an Error that begins with `protocol:` when
 * its caller breaks the port's: another spec under a known id, a check before the start, a removal of a
 * running release.
 */
export function createFakeTarget(calls: string[] = []): FakeTarget {
  const behaviours = new Map<string, FakeBehaviour>()
  const releases = new Map<string, { spec: ReleaseSpec; running: boolean; checks: number }>()

  function known(id: string, call: string) {
    const release = releases.get(id)
    if (!release) throw new Error(`protocol: ${call} of release ${id}, which was never started`)
    return release
  }

  return {
    name: 'fake',
    calls,
    behaviours,
    async start(spec) {
      calls.push(`start ${spec.id}`)
      const before = releases.get(spec.id)
      if (before && JSON.stringify(before.spec) !== JSON.stringify(spec)) {
        throw new Error(`protocol: release ${spec.id} is started with another spec`)
      }
      const how = behaviours.get(spec.id)?.start
      if (how === 'machine') throw new Failure('sandbox-failed', 'Told to fail.', { retryable: true })
      if (!before?.running) releases.set(spec.id, { spec, running: how !== 'exits', checks: 0 })
      if (how === 'exits') {
        throw new Failure(
          'release-exited',
          `The release ended at once: ${behaviours.get(spec.id)?.output ?? ''}`,
        )
      }
      return { socketPath: `/fake/${spec.id}.sock` }
    },
    async state(id) {
      const release = releases.get(id)
      if (!release) return 'missing'
      return release.running ? 'running' : 'stopped'
    },
    async check(spec) {
      const release = known(spec.id, 'check')
      release.checks += 1
      if (!release.running) return { healthy: false, detail: 'connection refused', durationMs: 0 }
      const result = behaviours.get(spec.id)?.health?.(release.checks) ?? healthy
      if (result !== 'exits') return result
      release.running = false
      return { healthy: false, detail: 'connection refused', durationMs: 0 }
    },
    async output(id, maxBytes) {
      return Buffer.from(behaviours.get(id)?.output ?? '')
        .subarray(-maxBytes)
        .toString('utf8')
    },
    async stop(id) {
      calls.push(`stop ${id}`)
      const release = releases.get(id)
      if (release) release.running = false
    },
    async remove(id) {
      calls.push(`remove ${id}`)
      if (releases.get(id)?.running) throw new Error(`protocol: removal of release ${id}, which runs`)
      releases.delete(id)
    },
  }
}

/** The fake ingress; `counts` are set by the test, `failNext` makes the next call fail with ingress-down. */
export interface FakeIngress extends Ingress {
  counts: Map<string, { requests: number; errors: number; open: number }>
  failNext(): void
}

/**
 * An ingress for tests. It throws `protocol:` when a route is set to a release that does not run, and notes in
 * `calls` what was routed and drained.
 */
export function createFakeIngress(target: FakeTarget): FakeIngress {
  const { calls } = target
  const routes = new Map<string, string>()
  const counts: FakeIngress['counts'] = new Map()
  let failing = false

  function work(): void {
    if (!failing) return
    failing = false
    throw new Failure('ingress-down', 'Told to fail.', { retryable: true })
  }

  return {
    counts,
    failNext() {
      failing = true
    },
    async address() {
      return { port: 1 }
    },
    async setRoute({ host, releaseId }) {
      work()
      if ((await target.state(releaseId)) !== 'running')
        throw new Error(`protocol: route to ${releaseId}, which does not run`)
      calls.push(`route ${host} ${releaseId}`)
      routes.set(host, releaseId)
    },
    async removeRoute(host) {
      work()
      calls.push(`unroute ${host}`)
      routes.delete(host)
    },
    async routes() {
      work()
      const none = { requests: 0, errors: 0, open: 0 }
      return [...routes].map(
        ([host, releaseId]): RouteStatus => ({ host, releaseId, ...(counts.get(releaseId) ?? none) }),
      )
    },
    async drained(releaseId) {
      work()
      if ([...routes.values()].includes(releaseId))
        throw new Error(`protocol: ${releaseId} is drained while it is routed`)
      calls.push(`drain ${releaseId}`)
      return (counts.get(releaseId)?.open ?? 0) === 0
    },
  }
}
