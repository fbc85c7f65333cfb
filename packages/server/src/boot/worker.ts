import { join } from 'node:path'
import { systemClock } from '@signalbox/core/base/clock.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { createActionSource } from '@signalbox/engine/action-source/create-action-source.ts'
import { createAgentRegistry } from '@signalbox/engine/agent/registry.ts'
import { createIngressClient } from '@signalbox/engine/deploy/ingress/client.ts'
import { createProcessTarget } from '@signalbox/engine/deploy/process/process-target.ts'
import { createContainerEngine } from '@signalbox/engine/sandbox/docker/engine.ts'
import { npmRegistryWord, withNpmRegistry } from '@signalbox/engine/sandbox/egress/npm-registry.ts'
import type { Config } from '../config.ts'
import { connectDatabase } from '../db/connect.ts'
import { createEventStream } from '../events/subscribe.ts'
import { createQueue } from '../flows/queue.ts'
import { createLocalForge } from '../forge/local/create-local-forge.ts'
import { createBell } from '../worker/agents/bell.ts'
import { createWorkerMetrics } from '../worker/metrics.ts'
import { withReleaseSecrets } from '../worker/release-secrets.ts'
import { runWorker } from '../worker/run-worker.ts'
import { serveMetrics } from '../worker/serve-metrics.ts'
import { createLogger, databaseLog } from './logger.ts'
import { openBlobs } from './open-blobs.ts'
import { openVault } from './open-vault.ts'
import { serverRepositories } from './server-repositories.ts'
import { sharePool } from './share-pool.ts'
import { untilStopped } from './until-stopped.ts'
import { stopWaiting, waitForSandbox } from './wait-for-sandbox.ts'

/** The worker process: takes jobs until SIGTERM. Without a sandbox it waits for one and says what to install. */
export async function bootWorker(config: Config, connectionString: string): Promise<void> {
  const log = createLogger(config, 'worker')
  const pools = sharePool(config.databasePoolMax)
  const connection = connectDatabase({
    connectionString,
    max: pools.main,
    statementTimeoutMs: config.databaseStatementTimeoutMs,
    connectTimeoutMs: config.databaseConnectTimeoutMs,
    applicationName: 'signalbox-worker',
    log: databaseLog(log),
  })
  const workerId = newId()
  let close = async () => {
    await stopWaiting(connection.db, workerId).catch(() => {})
    await connection.close()
  }
  const stopped = untilStopped(async () => await close())
  async function work(): Promise<void> {
    const selected = await waitForSandbox({ config, workerId, db: connection.db, log })
    const queue = await createQueue({ connectionString, log, max: pools.queue })
    const events = await createEventStream({ connectionString, db: connection.db, log: databaseLog(log) })
    const vault = await openVault(config, connection.db, log)
    const forge = await createLocalForge({ dataDir: config.dataDir })
    const metrics = createWorkerMetrics(config.workerSlots)
    const provider = metrics.measured(selected.provider)
    const target = createProcessTarget({ provider, dataDir: config.dataDir })
    const repositories = serverRepositories(config, forge, vault)
    const worker = await runWorker(
      {
        workerId,
        db: connection.db,
        queue,
        forge,
        ...repositories,
        fetchCommit: (project, commit) =>
          metrics.timed('fetch-commit', () => repositories.fetchCommit(project, commit)),
        sendTree: (project, turn) => metrics.timed('send-tree', () => repositories.sendTree(project, turn)),
        blobs: await openBlobs(config, log),
        vault,
        provider,
        actionSource: createActionSource({
          mirrorDir: config.actions.dir,
          cacheDir: join(config.dataDir, 'actions'),
          url: config.actions.url,
        }),
        containers: createContainerEngine({
          dataDir: config.dataDir,
          env: process.env,
          log: (text) => log.info(text),
        }),
        metrics,
        drivers: createAgentRegistry(),
        target: withReleaseSecrets(target, { db: connection.db, vault }),
        ingress: createIngressClient({ dataDir: config.dataDir }),
        config,
        answers: createBell(),
        clock: systemClock,
        log,
      },
      selected.tried,
      events,
    )
    const { workerMetricsPort: port, metricsTokenFile: tokenFile } = config
    const page = port === undefined ? undefined : serveMetrics(metrics.registry, { port, tokenFile, log })
    // Asked before the first job needs the answer; a failure is told to that job.
    void withNpmRegistry([npmRegistryWord]).catch(() => {})
    log.info({ provider: selected.provider.name, dataDir: join(config.dataDir) }, 'taking jobs')
    close = async () => {
      await worker.stop()
      await page?.close()
      await queue.stop(5000)
      await events.close()
      await connection.close()
    }
  }
  // Whichever comes first: a stop while it starts or waits ends it too.
  await Promise.race([stopped, work()])
  await stopped
}
