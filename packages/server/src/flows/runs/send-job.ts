import { createHash } from 'node:crypto'
import { lacks, type Machine } from '@signalbox/core/base/machine.ts'
import type { Queryable } from '../../db/connect.ts'
import type { JobRow } from '../../db/state-of.ts'
import { listWorkers, machineOf, type WorkerRow } from '../../db/workers.ts'
import type { FlowDeps } from '../deps.ts'
import type { QueueName } from '../queue.ts'

/** A worker that gave no sign for so long is not counted on. */
const silentMs = 30_000

/** The queue of all workers that are the same to `runs-on`. */
export function machineQueue({ labels, group }: Machine): `job-on-${string}` {
  const same = JSON.stringify([...new Set(labels.map((label) => label.toLowerCase()))].sort())
  return `job-on-${createHash('sha256').update(`${group.toLowerCase()} ${same}`).digest('hex').slice(0, 24)}`
}

/** Workers that gave a sign of life lately. */
export async function livingWorkers(deps: Pick<FlowDeps, 'clock'>, db: Queryable): Promise<WorkerRow[]> {
  const now = deps.clock.now().getTime()
  return (await listWorkers(db)).filter((worker) => now - worker.heartbeat_at.getTime() < silentMs)
}

/**
 * Queues a job for the workers that it fits: for all, when there are no others, else for each kind of them. False
 * and nothing queued: none fits. Without any worker it waits for the next one, which looks whether it fits.
 */
export async function sendJob(
  deps: Pick<FlowDeps, 'db' | 'queue' | 'clock'>,
  job: Pick<JobRow, 'id' | 'runs_on'>,
  workers: readonly WorkerRow[],
): Promise<boolean> {
  const wish = job.runs_on
  const fitting = wish ? workers.filter((worker) => lacks(machineOf(worker), wish) === undefined) : workers
  if (fitting.length === 0 && workers.length > 0) return false
  const all = fitting.length === workers.length
  const queues = new Set<QueueName>(all ? ['job'] : fitting.map((worker) => machineQueue(machineOf(worker))))
  for (const queue of queues) await deps.queue.send(deps.db, queue, { jobId: job.id })
  return true
}
