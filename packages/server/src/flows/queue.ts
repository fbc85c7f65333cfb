import { CompiledQuery, type Kysely, type Transaction } from 'kysely'
import { PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import type { Database } from '../db/schema.ts'
import { logIds, withLogIds } from '../log/context.ts'

/**
 * What each queue carries: an id; the handler reads everything else from the rows. Beside it goes the id of the
 * request that began it all, for the log alone: a message that is lost is sent again without.
 */
export interface QueuePayloads {
  /** For workers: one job of a run. */
  job: { jobId: string }
  /** One that a worker of another machine may not take. */
  'job-beside-server': { jobId: string }
  /** A turn of an agent that a worker without agents was handed. */
  'job-with-agents': { jobId: string }
  /** For workers of one kind: a job that others may not take. */
  [machine: `job-on-${string}`]: { jobId: string }
  /** For servers: decide what happens next. Any number of them is harmless. */
  'advance-run': { runId: string }
  'advance-change': { changeId: string }
  'advance-deployments': { environmentId: string }
  'advance-occurrence': { occurrenceId: string }
}

export type QueueName = keyof QueuePayloads

type Connection = Kysely<Database> | Transaction<Database>

/** Sends work, inside the caller's transaction when it hands one in: it is queued exactly when that commits. */
export interface Queue {
  send<N extends QueueName>(
    db: Connection,
    name: N,
    payload: QueuePayloads[N],
    startAfter?: Date,
  ): Promise<void>
  /**
   * Calls the handler for each payload; a throw is logged and, but for jobs, tried again with back-off. The queues
   * of jobs share one number of slots: the `concurrency` that the first of them was given.
   */
  work<N extends QueueName>(
    name: N,
    options: { concurrency: number },
    handler: (payload: QueuePayloads[N], signal: AbortSignal) => Promise<void>,
  ): Promise<void>
  /** Takes no more work and waits for what is in hand, at most timeoutMs. */
  stop(timeoutMs: number): Promise<void>
  /** Whether the queue's own database connection answers. */
  healthy(): Promise<boolean>
}

const names: QueueName[] = [
  'job',
  'job-beside-server',
  'job-with-agents',
  'advance-run',
  'advance-change',
  'advance-deployments',
  'advance-occurrence',
]

/**
 * pg-boss 12 as the only carrier of work between processes. A job's worker is watched by our own heartbeat
 * and fence, so its message is not retried by pg-boss: the reconciler sends it again when the row asks for it.
 */
export async function createQueue(options: {
  connectionString: string
  log: Logger
  /** Connections of the queue's own pool at most, beside the one that listens; 6. */
  max?: number
}): Promise<Queue> {
  const boss = new PgBoss({
    connectionString: options.connectionString,
    application_name: 'signalbox-queue',
    max: options.max ?? 6,
    useListenNotify: true,
    monitorIntervalSeconds: 5,
    superviseIntervalSeconds: 5,
    schedule: false,
  })
  boss.on('error', (error) => options.log.warn({ err: error }, 'queue connection'))
  await boss.start()
  const create = async (name: QueueName) => {
    const retries = isJob(name) ? { retryLimit: 0 } : { retryLimit: 5, retryDelay: 1, retryBackoff: true }
    // The heart beats while a handler works: what a killed process held is not held for all those hours.
    // What is done says nothing that the rows do not say: it is kept for a short look back only.
    const kept = { deleteAfterSeconds: 600 }
    const options = { notify: true, expireInSeconds: 6 * 3600, heartbeatSeconds: 15, ...kept, ...retries }
    await boss.createQueue(name, options)
    await boss.updateQueue(name, options)
  }
  for (const name of names) await create(name)
  let slots: ReturnType<typeof createSlots> | undefined
  return {
    async send(db, name, payload, startAfter) {
      const { requestId } = logIds()
      await boss.send(
        name,
        { ...payload, ...(requestId ? { requestId } : {}) },
        {
          db: { executeSql: within(db) },
          ...(startAfter ? { startAfter } : {}),
        },
      )
    },
    async work(name, { concurrency }, handler) {
      // Each of pg-boss's local workers would ask for every message. A job's message is not retried, so one
      // worker hands jobs to the slots; it asks for the next as soon as one is free.
      if (!names.includes(name)) await create(name)
      if (isJob(name)) slots ??= createSlots(concurrency, options.log)
      const inSlots = isJob(name) ? slots : undefined
      const localConcurrency = inSlots ? 1 : concurrency
      let workerId: string | undefined
      workerId = await boss.work<{ [key: string]: string }>(
        name,
        // Every 2 s should a wake-up be lost; pg-boss's own 30 s are long for somebody who waits.
        { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 2, localConcurrency, batchSize: 1 },
        async ([job]) => {
          if (!job) return
          const { requestId, ...payload } = job.data
          // The rest is what `send` of this very queue was given.
          const given = payload as unknown as QueuePayloads[typeof name]
          const handle = () => withLogIds({ requestId }, () => handler(given, job.signal))
          if (!inSlots) return await handle()
          await inSlots(handle)
          // One wake-up may stand for several messages: the loop looks again until it finds none.
          if (workerId) boss.notifyWorker(workerId)
        },
      )
    },
    async stop(timeoutMs) {
      await boss.stop({ graceful: true, timeout: timeoutMs, close: true })
    },
    async healthy() {
      return (await boss.getQueue('job')) !== null
    },
  }
}

function isJob(name: QueueName): boolean {
  return name.startsWith('job')
}

/**
 * Starts work as soon as a slot is free and resolves when a further one is; what the work throws is logged. Who
 * waits for the end asks for nothing meanwhile, so that work waits for its start only when two queues brought some
 * at the same instant.
 */
function createSlots(count: number, log: Logger): (work: () => Promise<void>) => Promise<void> {
  const running = new Set<Promise<void>>()
  return async (work) => {
    while (running.size >= count) await Promise.race(running)
    const started = work()
      .catch((error: unknown) => log.error({ err: error }, 'a job could not be taken'))
      .finally(() => running.delete(started))
    running.add(started)
    while (running.size >= count) await Promise.race(running)
  }
}

function within(db: Connection) {
  return async (text: string, values: unknown[] = []) => {
    const result = await db.executeQuery(CompiledQuery.raw(text, values))
    return { rows: result.rows as unknown[] }
  }
}
