import { basename } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import type { JobDependencies, JobRequest } from '@signalbox/engine/job/port.ts'
import { measureLayer } from '@signalbox/engine/snapshot/measure-layer.ts'
import { insertSnapshot, snapshotsOfStore } from '../../db/snapshots.ts'
import type { JobRow, RunRow } from '../../db/state-of.ts'
import type { WorkerDeps } from '../deps.ts'
import { evictSnapshots } from './evict.ts'
import { storeId } from './store-id.ts'

/**
 * Keeps the workspace of a job that failed, for a shell. Not of one that was handed secrets: a step may have
 * written them into a file. What goes wrong here is logged and changes nothing about the job.
 */
export function keepFailed(
  deps: WorkerDeps,
  given: { run: RunRow; job: JobRow; request: JobRequest },
): NonNullable<JobDependencies['onFailed']> {
  const { run, job, request } = given
  return async ({ sandbox, layers }) => {
    if (Object.keys(request.secrets).length > 0) return
    try {
      const id = newId()
      const layer = `failed-${id}`
      const path = await sandbox.snapshot(layer)
      const store = await storeId(deps.config.dataDir)
      const below = new Set(layers.map((folder) => basename(folder)))
      const base = (await snapshotsOfStore(deps.db, store)).find((row) => below.has(row.layer))
      await insertSnapshot(deps.db, {
        id,
        store,
        projectId: run.project_id,
        changeId: run.change_id,
        kind: 'failed',
        key: `${job.id}-${job.attempt}`,
        state: 'ready',
        layer,
        paths: [],
        sizeBytes: await measureLayer(path),
        baseId: base?.id,
        job: { id: job.id, attempt: job.attempt, stepNumber: null, stepName: null },
        command: '',
        now: deps.clock.now(),
      })
      await evictSnapshots(deps)
    } catch (error) {
      // A release that was rolled back took its sandbox with it: there is nothing to keep, and nobody to warn.
      if (error instanceof Failure && error.code === 'sandbox-ended') return
      deps.log.warn({ err: error, jobId: job.id }, 'the state of a failed job could not be kept')
    }
  }
}
