import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@signalbox/core/base/clock.ts'
import { createAgentRegistry } from '@signalbox/engine/agent/registry.ts'
import { createIngressClient } from '@signalbox/engine/deploy/ingress/client.ts'
import { buildServer } from '../api/server.ts'
import { ensureAuthKey } from '../auth/auth-key.ts'
import { ensureCliToken } from '../auth/cli-token.ts'
import { refuseOpenDoor } from '../auth/open-door.ts'
import type { SessionDeps } from '../auth/sign-in.ts'
import { endUnreadableKeys } from '../auth/signing-keys.ts'
import type { Config } from '../config.ts'
import { connectDatabase } from '../db/connect.ts'
import { databaseVersion } from '../db/server-facts.ts'
import { createEventStream } from '../events/subscribe.ts'
import { advanceChange } from '../flows/changes/advance-change.ts'
import { createFlows } from '../flows/create-flows.ts'
import { advanceDeployments } from '../flows/deployments.ts'
import type { FlowDeps } from '../flows/deps.ts'
import { advanceOccurrence } from '../flows/events/advance-occurrence.ts'
import { oneAtATime } from '../flows/one-at-a-time.ts'
import { ensureSample } from '../flows/projects.ts'
import { createQueue } from '../flows/queue.ts'
import { startReconciler } from '../flows/reconcile.ts'
import { previewRetention, runRetention, startRetention } from '../flows/retention.ts'
import { advanceRun } from '../flows/runs/advance-run.ts'
import { startMovingLogs } from '../flows/runs/move-logs.ts'
import { startTelling } from '../flows/tell-people.ts'
import { createLocalForge } from '../forge/local/create-local-forge.ts'
import { withLogIds } from '../log/context.ts'
import { diskSpace } from '../worker/disk-space.ts'
import { examine } from './doctor.ts'
import { createLogger, databaseLog } from './logger.ts'
import { openBlobs } from './open-blobs.ts'
import { openVault } from './open-vault.ts'
import { dashboardFolder, sampleFolder, version } from './paths.ts'
import { createProbes } from './probes.ts'
import { releaseOutputReader } from './release-output.ts'
import { sharePool } from './share-pool.ts'
import { listenTls } from './tls-listener.ts'
import { untilStopped } from './until-stopped.ts'

const advanceConcurrency = 8

/** The server process: HTTP, live channel and the decisions of every flow, until SIGTERM. */
export async function bootServer(config: Config, connectionString: string): Promise<void> {
  const log = createLogger(config, 'server')
  const pools = sharePool(config.databasePoolMax)
  const connection = connectDatabase({
    connectionString,
    max: pools.main,
    statementTimeoutMs: config.databaseStatementTimeoutMs,
    connectTimeoutMs: config.databaseConnectTimeoutMs,
    applicationName: 'signalbox-server',
    log: databaseLog(log),
  })
  const { db } = connection
  const clock = systemClock
  const forge = await createLocalForge({ dataDir: config.dataDir })
  const blobs = await openBlobs(config, log)
  const queue = await createQueue({ connectionString, log, max: pools.queue })
  const events = await createEventStream({ connectionString, db, log: databaseLog(log) })
  const deps: FlowDeps = { db, queue, forge, blobs, config, clock, log }
  await refuseOpenDoor(db, config.host)
  const machineToken = await ensureCliToken({ db, clock }, config.dataDir)
  await ensureSample(deps, sampleFolder)
  await handleFlows(deps)
  const reconciler = startReconciler(deps)
  const retention = startRetention(deps)
  const logs = startMovingLogs(deps)
  const telling = startTelling(deps, events)
  const ingress = createIngressClient({ dataDir: config.dataDir })
  const vault = await openVault(config, db, log)
  const authSecret = await ensureAuthKey(config.dataDir)
  await mendSigningKeys({ db, clock, authSecret }, log)
  const app = await buildServer({
    config,
    db,
    events,
    forge,
    blobs,
    vault,
    flows: createFlows(deps),
    clock,
    authSecret,
    log,
    version,
    startedAt: clock.now(),
    databaseVersion: () => databaseVersion(db),
    agentDrivers: createAgentRegistry(),
    databaseKind: process.env['SIGNALBOX_DATABASE_KIND'] === 'embedded' ? 'embedded' : 'external',
    probes: createProbes({
      db,
      queue,
      ingress,
      clock,
      config,
      pool: () => ({ ...poolOf(connection.pool), max: pools.main }),
    }),
    retention: {
      preview: (projectId) => previewRetention(deps, projectId),
      run: (projectId) => runRetention(deps, { projectId }),
    },
    doctor: (sandboxes) => examine(config, db, sandboxes),
    measures: {
      pool: () => poolOf(connection.pool),
      freeBytes: async () => (await diskSpace(config)).freeBytes,
    },
    ingressRoutes: () => ingress.routes(),
    releaseOutput: releaseOutputReader(config, { db, vault }),
    machineToken,
    allowedHosts: config.publicUrl === undefined ? [] : [new URL(config.publicUrl).hostname],
    dashboardDir: existsSync(join(dashboardFolder, 'index.html')) ? dashboardFolder : undefined,
  })
  // With https of our own, nobody far away speaks in the clear.
  await app.listen({ host: config.tls ? '127.0.0.1' : config.host, port: config.port })
  const tls = config.tls && (await listenTls(app, { ...config.tls, host: config.host, log }))
  log.info({ host: config.host, port: config.port }, 'listening')
  process.send?.({ type: 'ready' })
  await untilStopped(async () => {
    reconciler.stop()
    await retention.stop()
    await logs.stop()
    telling.stop()
    await tls?.close()
    await app.close()
    await queue.stop(5000)
    await events.close()
    await connection.close()
  })
}

/** Without the key that sealed them they sign nothing, and would keep everybody from a new JWT. */
async function mendSigningKeys(deps: SessionDeps, log: FlowDeps['log']): Promise<void> {
  const keys = await endUnreadableKeys(deps)
  if (keys > 0)
    log.warn({ keys }, 'auth-key is another one than before: the keys of JWTs were ended, a new one is made')
}

/** Every flow has one handler. */
async function handleFlows(deps: FlowDeps): Promise<void> {
  const { queue } = deps
  const concurrency = advanceConcurrency
  const run = oneAtATime((id) => advanceRun(deps, id))
  const change = oneAtATime((id) => advanceChange(deps, id))
  const deployments = oneAtATime((id) => advanceDeployments(deps, id))
  const occurrence = oneAtATime((id) => advanceOccurrence(deps, id))
  await queue.work('advance-run', { concurrency }, ({ runId }) => withLogIds({ runId }, () => run(runId)))
  await queue.work('advance-change', { concurrency }, ({ changeId }) =>
    withLogIds({ changeId }, () => change(changeId)),
  )
  await queue.work('advance-occurrence', { concurrency }, ({ occurrenceId }) =>
    withLogIds({ occurrenceId }, () => occurrence(occurrenceId)),
  )
  await queue.work('advance-deployments', { concurrency }, ({ environmentId }) =>
    withLogIds({ environmentId }, () => deployments(environmentId)),
  )
}

function poolOf(pool: { totalCount: number; idleCount: number; waitingCount: number }) {
  const { totalCount: total, idleCount: idle, waitingCount: waiting } = pool
  return { total, idle, waiting }
}
