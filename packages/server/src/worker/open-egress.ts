import { mkdir, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { ModelUpstream } from '@signalbox/engine/sandbox/egress/model-broker.ts'
import { withNpmRegistry } from '@signalbox/engine/sandbox/egress/npm-registry.ts'
import {
  type EgressOptions,
  type EgressRecord,
  startEgressProxy,
} from '@signalbox/engine/sandbox/egress/proxy.ts'
import type { Config } from '../config.ts'
import { insertEgress } from '../db/egress.ts'
import type { ProjectRow } from '../db/projects.ts'
import type { JobRow } from '../db/state-of.ts'
import type { WorkerDeps } from './deps.ts'
import { createEgressRecords } from './egress-records.ts'

function egressFolder(config: Pick<Config, 'dataDir'>): string {
  return join(config.dataDir, 'egress')
}

/** Deletes the sockets of proxies whose worker was killed: nobody answers on them. */
export async function removeDeadSockets(config: Pick<Config, 'dataDir'>): Promise<void> {
  const folder = egressFolder(config)
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    if (await refuses(path)) await rm(path, { force: true })
  }
}

function refuses(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.on('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.on('error', (error) => resolve('code' in error && error.code === 'ECONNREFUSED'))
  })
}

/** The only way out of one job's sandbox: a proxy of its own, every request of which is recorded. */
export async function openEgress(
  deps: WorkerDeps,
  project: ProjectRow,
  job: JobRow,
  serves: { models: ModelUpstream[]; services: EgressOptions['services'] },
): Promise<{ socketPath: string; close(): Promise<void> }> {
  const allow = await withNpmRegistry(ProjectSettings.parse(project.settings).sandbox.allowHosts)
  const folder = egressFolder(deps.config)
  await mkdir(folder, { recursive: true, mode: 0o711 })
  const socketPath = join(folder, `${job.id.slice(-12)}-${job.attempt}.sock`)
  await rm(socketPath, { force: true })
  const records = createEgressRecords(async (batch) => {
    await insertEgress(
      deps.db,
      batch.map((record) => ({
        id: record.id,
        job_id: job.id,
        at: new Date(record.at),
        host: record.host,
        port: record.port,
        method: record.method,
        allowed: record.allowed,
        reason: record.reason,
        bytes_up: record.bytesUp,
        bytes_down: record.bytesDown,
        duration_ms: record.durationMs,
      })),
    ).catch((error: unknown) =>
      deps.log.warn({ err: error, requests: batch.length }, 'requests could not be recorded'),
    )
  })
  const onRequest = (record: EgressRecord) => {
    records.add(record)
    deps.metrics.egress(record.allowed)
  }
  const proxy = await startEgressProxy({ socketPath, allow, ...serves, onRequest })
  return {
    socketPath,
    async close() {
      await proxy.close()
      await records.close()
      await rm(socketPath, { force: true })
    },
  }
}
