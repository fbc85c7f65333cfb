import type { SandboxProvider } from '@signalbox/engine/sandbox/port.ts'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** What a worker measures of its own work; each name begins with `signalbox_`. */
export interface WorkerMetrics {
  registry: Registry
  /** A job was taken; when it is its first attempt, it could have begun so many seconds ago. */
  claimed(kind: string, waitSeconds: number | undefined): void
  /** This attempt of a job is over; `left`: another one takes it up. */
  ended(kind: string, conclusion: string, seconds: number): void
  /** A request of a sandbox to the outside. */
  egress(allowed: boolean): void
  /** The time that work takes, by what it is: `fetch-commit`, `send-tree`. */
  timed<T>(what: string, work: () => Promise<T>): Promise<T>
  /** The same provider, whose sandboxes are counted and timed. */
  measured(provider: SandboxProvider): SandboxProvider
}

const second = [0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30]
const minute = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600]

/**
 * The figures of this process, beside what Node says of itself. Labels are kinds, conclusions and names of ours:
 * nothing that a repository could make more of.
 */
export function createWorkerMetrics(slots: number): WorkerMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
    new Histogram({ name: `signalbox_${name}`, help, labelNames, buckets, registers: [registry] })
  const create = histogram(
    'sandbox_create_seconds',
    'How long it took to make a sandbox',
    ['provider', 'result'],
    second,
  )
  const wait = histogram(
    'job_queue_seconds',
    'From when a job could begin to when this worker took it',
    ['kind'],
    minute,
  )
  const took = histogram(
    'job_attempt_seconds',
    'How long this worker had a job in hand',
    ['kind', 'conclusion'],
    minute,
  )
  const repository = histogram(
    'repository_seconds',
    "Work with the server's repositories",
    ['what', 'result'],
    minute,
  )
  const requests = new Counter({
    name: 'signalbox_egress_requests_total',
    help: 'Requests of sandboxes to the outside',
    labelNames: ['allowed'],
    registers: [registry],
  })
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `signalbox_${name}`, help, registers: [registry] })
  gauge('worker_slots', 'Jobs that this worker may run at once').set(slots)
  const inHand = gauge('worker_jobs', 'Jobs that this worker has in hand')
  return {
    registry,
    claimed(kind, waitSeconds) {
      inHand.inc()
      if (waitSeconds !== undefined) wait.observe({ kind }, Math.max(0, waitSeconds))
    },
    ended(kind, conclusion, seconds) {
      inHand.dec()
      took.observe({ kind, conclusion }, seconds)
    },
    egress: (allowed) => requests.inc({ allowed: String(allowed) }),
    timed: (what, work) => timed(work, (result, seconds) => repository.observe({ what, result }, seconds)),
    measured: (provider) => ({
      name: provider.name,
      ...(provider.unsafe ? { unsafe: true } : {}),
      probe: () => provider.probe(),
      create: (spec, signal) =>
        timed(
          () => provider.create(spec, signal),
          (result, seconds) => create.observe({ provider: provider.name, result }, seconds),
        ),
      attach: (id) => provider.attach(id),
      findSnapshot: (key) => provider.findSnapshot(key),
      deleteSnapshot: (key) => provider.deleteSnapshot(key),
      reapOrphans: (ownerId) => provider.reapOrphans(ownerId),
    }),
  }
}

async function timed<T>(
  work: () => Promise<T>,
  tell: (result: 'ok' | 'failed', seconds: number) => void,
): Promise<T> {
  const since = performance.now()
  const over = (result: 'ok' | 'failed') => tell(result, (performance.now() - since) / 1000)
  try {
    const made = await work()
    over('ok')
    return made
  } catch (error) {
    over('failed')
    throw error
  }
}
