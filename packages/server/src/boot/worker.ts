import { join } from 'node:path'
import { systemClock } from '@signalbox/core/base/clock.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { createAgentRegistry } from '@signalbox/engine/agent/registry.ts'
import { createIngressClient } from '@signalbox/engine/deploy/ingress/client.ts'
import { createProcessTarget } from '@signalbox/engine/deploy/process/process-target.ts'
import { selectProvider } from '@signalbox/engine/sandbox/select.ts'
import type { Config } from '../config.ts'
import { connectDatabase } from '../db/connect.ts'
import { upsertWorker } from '../db/workers.ts'
import { createEventStream } from '../events/subscribe.ts'
import { createQueue } from '../flows/queue.ts'
import { createLocalForge } from '../forge/local/create-local-forge.ts'
import { runWorker } from '../worker/run-worker.ts'
import { createLogger, databaseLog } from './logger.ts'
import { untilStopped } from './until-stopped.ts'

/** The worker process: takes jobs until SIGTERM. Without a sandbox it stays and says what to install. */
export async function bootWorker(config: Config, connectionString: string): Promise<void> {
  const log = createLogger(config, 'worker')
  const connection = connectDatabase({
    connectionString,
    max: 12,
    applicationName: 'signalbox-worker',
    log: databaseLog(log),
  })
  const workerId = newId()
  const selected = await selectProvider({ dataDir: config.dataDir, prefer: config.sandbox })
  if (!selected.provider) {
    for (const tried of selected.tried)
      log.error({ provider: tried.provider }, tried.reason ?? 'not available')
    const me = { id: workerId, name: 'no sandbox', pid: process.pid, slots: 0, sandbox: selected.tried }
    await upsertWorker(connection.db, { ...me, now: new Date() })
    await untilStopped(async () => await connection.close())
    return
  }
  const queue = await createQueue({ connectionString, log })
  const events = await createEventStream({ connectionString, db: connection.db, log: databaseLog(log) })
  const worker = await runWorker(
    {
      workerId,
      db: connection.db,
      queue,
      forge: await createLocalForge({ dataDir: config.dataDir }),
      provider: selected.provider,
      drivers: createAgentRegistry(),
      target: createProcessTarget({ provider: selected.provider, dataDir: config.dataDir }),
      ingress: createIngressClient({ dataDir: config.dataDir }),
      config,
      clock: systemClock,
      log,
    },
    selected.tried,
    events,
  )
  log.info({ provider: selected.provider.name, dataDir: join(config.dataDir) }, 'taking jobs')
  await untilStopped(async () => {
    await worker.stop()
    await queue.stop(5000)
    await events.close()
    await connection.close()
  })
}
