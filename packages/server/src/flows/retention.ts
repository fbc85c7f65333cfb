import { Failure } from '@signalbox/core/base/failure.ts'
import type { RetentionPreview } from '@signalbox/core/contract/views/retention.ts'
import {
  before,
  countOld,
  deleteLogs,
  deleteOldAudit,
  deleteOldEvents,
  deleteRuns,
  lockRetention,
  readRetention,
  someOldLogs,
  someOldRuns,
} from '../db/retention.ts'
import { sweepSignIns } from '../db/sessions.ts'
import type { FlowDeps } from './deps.ts'

type Deps = Pick<FlowDeps, 'db' | 'blobs' | 'clock' | 'log'>

const batch = 50
const rowBatch = 2000
const hourMs = 3_600_000

/** What would be deleted now. */
export async function previewRetention(deps: Deps): Promise<RetentionPreview> {
  return await countOld(deps.db, await readRetention(deps.db), deps.clock.now())
}

/**
 * Deletes what is older than it is kept, in small transactions that hold up nobody. Blobs go before the rows that
 * name them: a round that is broken off leaves rows, by which the next one finds them again. Failure `refused` when
 * another process is at it.
 */
export async function runRetention(deps: Deps, stopping?: AbortSignal): Promise<RetentionPreview> {
  return await deps.db.transaction().execute(async (tx) => {
    if (!(await lockRetention(tx))) throw new Failure('refused', 'Old things are being deleted already.')
    const planned = await previewRetention(deps)
    const deleted = { ...planned, runs: 0, events: 0, auditEntries: 0 }
    const settings = await readRetention(deps.db)
    const now = deps.clock.now()
    while (!stopping?.aborted) {
      // Something for the connection that holds the lock: one that is idle for a minute is ended.
      await lockRetention(tx)
      const { ids, blobKeys } = await someOldRuns(deps.db, settings, now, batch)
      for (const key of blobKeys) await deps.blobs.delete(key)
      if (ids.length === 0) break
      deleted.runs += await deleteRuns(deps.db, ids)
    }
    while (!stopping?.aborted) {
      await lockRetention(tx)
      const { jobIds, blobKeys } = await someOldLogs(deps.db, settings, now, batch)
      for (const key of blobKeys) await deps.blobs.delete(key)
      if (jobIds.length === 0) break
      await deleteLogs(deps.db, jobIds)
    }
    const inBatches = async (some: () => Promise<number>): Promise<number> => {
      for (let total = 0; ; ) {
        await lockRetention(tx)
        const count = stopping?.aborted ? 0 : await some()
        total += count
        if (count < rowBatch) return total
      }
    }
    deleted.events = await inBatches(() =>
      deleteOldEvents(deps.db, before(now, settings.eventDays), rowBatch),
    )
    deleted.auditEntries = await inBatches(() =>
      deleteOldAudit(deps.db, before(now, settings.auditDays), rowBatch),
    )
    await sweepSignIns(deps.db, now)
    deps.log.info({ deleted }, 'deleted what is older than it is kept')
    return deleted
  })
}

/** A round each night at three by the clock of this machine, until stopped; a failure is logged. */
export function startRetention(deps: Deps): { stop(): Promise<void> } {
  const stopping = new AbortController()
  let current: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    if (deps.clock.now().getHours() !== 3) return
    current = runRetention(deps, stopping.signal).catch((error: unknown) =>
      deps.log.warn({ err: error }, 'old things could not be deleted; the next night tries again'),
    )
  }, hourMs)
  return {
    async stop() {
      clearInterval(timer)
      stopping.abort()
      await current
    },
  }
}
