import { readFile, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Capabilities } from '@signalbox/engine/sandbox/port.ts'
import { openJobs } from '../db/jobs.ts'
import { heartbeatWorker, listWorkers, markWorkerStopped, upsertWorker } from '../db/workers.ts'
import type { EventStream } from '../events/subscribe.ts'
import { livingWorkers, machineQueue, sendJob } from '../flows/runs/send-job.ts'
import { cleanUp } from './clean-up.ts'
import type { WorkerDeps } from './deps.ts'
import { diskSpace } from './disk-space.ts'
import { removeDeadSockets } from './open-egress.ts'
import { tendReleases } from './releases.ts'
import { serveShells } from './shells/serve-shells.ts'
import { evictSnapshots } from './snapshots/evict.ts'
import { storeId } from './snapshots/store-id.ts'
import { cancelInHand, type JobsInHand, takeJob, takeUpOwn } from './take-job.ts'
import { thisMachine } from './this-machine.ts'

const beatMs = 2000
const tendMs = 3000
const inheritMs = 3000
const silentMs = 6000
const cleanUpMs = 3_600_000
const evictMs = 60_000

/** A worker that takes jobs until it is stopped. */
export interface RunningWorker {
  /** Takes no new job, ends those in hand without a result so that the next worker takes them up. */
  stop(): Promise<void>
}

/** Says who it is, takes jobs from the queue, and takes up what dead workers of this machine left. */
export async function runWorker(
  deps: WorkerDeps,
  capabilities: Capabilities[],
  events: EventStream,
): Promise<RunningWorker> {
  const inHand: JobsInHand = new Map()
  const stopping = new AbortController()
  const me = { id: deps.workerId, name: hostname(), pid: process.pid, slots: deps.config.workerSlots }
  const door = await serveShells(deps)
  const place = { store: await storeId(deps.config.dataDir), shellSocket: door.socketPath }
  const machine = thisMachine(deps.config)
  const announce = () =>
    upsertWorker(deps.db, { ...me, ...place, machine, sandbox: capabilities, now: deps.clock.now() })
  const running = new Set<Promise<void>>()
  const work = async ({ jobId }: { jobId: string }) => {
    const taken = takeJob(deps, inHand, jobId, stopping.signal)
    running.add(taken)
    await taken.finally(() => running.delete(taken))
  }
  const beside = deps.config.serverUrl === undefined
  const slots = { concurrency: deps.config.workerSlots }
  await deps.queue.work('job', slots, work)
  await deps.queue.work(machineQueue(machine), slots, work)
  // Only now: a job that only this worker fits is sent to a queue that is there.
  await announce()
  if (beside) await deps.queue.work('job-beside-server', slots, work)
  if (deps.config.workerAgents) await deps.queue.work('job-with-agents', slots, work)
  const unsubscribe = events.subscribe({
    onEvents: (batch) => {
      for (const event of batch) {
        if (event.type === 'change.permission_answered') deps.answers.ring(String(event.data['question']))
        if (event.type !== 'run.cancel_requested') continue
        const force = event.data['force'] === true
        const reason = typeof event.data['reason'] === 'string' ? event.data['reason'] : undefined
        for (const job of inHand.values()) if (event.runId === job.runId) cancelInHand(job, { force, reason })
      }
    },
  })
  const beat = repeat(deps, beatMs, 'heartbeat', async () => {
    const { low, detail } = await diskSpace(deps.config)
    const sign = {
      id: me.id,
      now: deps.clock.now(),
      trouble: low ? detail : null,
      stats: { inHand: inHand.size, agents: deps.config.workerAgents, deployments: beside },
    }
    if (!(await heartbeatWorker(deps.db, sign))) await announce()
    await takeUpOwn(deps, inHand)
  })
  const heirs = repeat(deps, inheritMs, 'taking over from dead workers', () => takeOverDead(deps))
  const tend = repeat(deps, tendMs, 'tending releases', async () => {
    // Releases are on the machine of the server; a worker elsewhere must not start them a second time.
    if (beside) await tendReleases(deps)
  })
  const clean = repeat(deps, cleanUpMs, 'cleaning up', async () => {
    await cleanUp(deps, stopping.signal)
  })
  const evict = repeat(deps, evictMs, 'deleting snapshots', async () => {
    await evictSnapshots(deps)
  })
  return {
    async stop() {
      stopping.abort()
      await beat.stop()
      await tend.stop()
      await heirs.stop()
      await clean.stop()
      await evict.stop()
      await door.close()
      unsubscribe()
      await Promise.allSettled(running)
      await markWorkerStopped(deps.db, { id: me.id, now: deps.clock.now() })
      await takeUpOwn(deps, inHand)
    },
  }
}

/** Sandboxes that a process made to see what this machine can enforce. */
const probes = 'probe'

/** Jobs of workers of this machine whose process is gone need no 30 s of silence to be taken up. */
async function takeOverDead(deps: WorkerDeps): Promise<void> {
  await deps.provider.reapOrphans(probes)
  const workers = (await listWorkers(deps.db)).filter((worker) => worker.id !== deps.workerId)
  for (const worker of workers) {
    // Two machines may have one name: who still gives signs of life is not dead, whatever its number says.
    if (deps.clock.now().getTime() - worker.heartbeat_at.getTime() < silentMs) continue
    if (worker.name !== hostname() || (await isWorker(worker.pid))) continue
    await deps.provider.reapOrphans(worker.id)
    await deps.containers?.reapOrphans(worker.id)
    await rm(join(deps.config.dataDir, 'shells', worker.id), { recursive: true, force: true })
    await removeDeadSockets(deps.config)
    await markWorkerStopped(deps.db, { id: worker.id, now: deps.clock.now() })
  }
  const alive = new Set((await listWorkers(deps.db)).map((worker) => worker.id))
  for (const job of await openJobs(deps.db)) {
    if (job.status !== 'in_progress' || (job.worker_id && alive.has(job.worker_id))) continue
    await sendJob(deps, job, await livingWorkers(deps, deps.db))
  }
}

/**
 * Whether another worker has this process id: a zombie has no command line, and in a container that is started
 * again the number of the dead one is soon another program's, or our own.
 */
async function isWorker(pid: number): Promise<boolean> {
  if (pid === process.pid) return false
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return line.split('\0').includes('worker')
}

/** Does work again and again with a pause between; a failure is logged and the next round tries again. */
function repeat(deps: WorkerDeps, pauseMs: number, what: string, work: () => Promise<void>) {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let current: Promise<void> = Promise.resolve()
  const round = () => {
    current = work()
      .catch((error: unknown) => deps.log.warn({ err: error }, `${what} failed; the next round tries again`))
      .then(() => {
        if (!stopped) timer = setTimeout(round, pauseMs)
      })
  }
  round()
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await current
    },
  }
}
