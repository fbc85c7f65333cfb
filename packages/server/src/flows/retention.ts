import { Failure } from '@signalbox/core/base/failure.ts'
import type { RetentionPreview } from '@signalbox/core/contract/views/retention.ts'
import {
  before,
  countOld,
  deleteLogs,
  deleteOldAudit,
  deleteOldChanges,
  deleteOldEvents,
  deleteRuns,
  lockRetention,
  type RetentionScope,
  readRetention,
  someOldLogs,
  someOldRuns,
} from '../db/retention.ts'
import { deleteUnprintable } from '../db/secrets.ts'
import { sweepSignIns } from '../db/sessions.ts'
import { sweepLogs } from '../job-log/store-job-log.ts'
import type { FlowDeps } from './deps.ts'
import { sweepArtifacts } from './sweep-artifacts.ts'

type Deps = Pick<FlowDeps, 'db' | 'blobs' | 'clock' | 'log'>

const batch = 50
const rowBatch = 2000
const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** What would be deleted now, of everything or of one project. */
export async function previewRetention(deps: Deps, projectId?: string): Promise<RetentionPreview> {
  return await countOld(deps.db, await scopeOf(deps, projectId))
}

async function scopeOf(deps: Deps, projectId?: string): Promise<RetentionScope> {
  return { settings: await readRetention(deps.db), now: deps.clock.now(), projectId }
}

/**
 * Deletes what is older than it is kept, of everything or of one project, in small transactions that hold up
 * nobody. Blobs go before the rows that name them: a round that is broken off leaves rows, by which the next one
 * finds them again. Failure `refused` when another process is at it.
 */
export async function runRetention(
  deps: Deps,
  options: { stopping?: AbortSignal; projectId?: string } = {},
): Promise<RetentionPreview> {
  return await deps.db.transaction().execute(async (tx) => {
    if (!(await lockRetention(tx))) throw new Failure('refused', 'Old things are being deleted already.')
    const scope = await scopeOf(deps, options.projectId)
    const planned = await countOld(deps.db, scope)
    const deleted = { ...planned, changes: 0, runs: 0, events: 0, auditEntries: 0 }
    const round = async (some: () => Promise<boolean>): Promise<void> => {
      while (!options.stopping?.aborted) {
        // Something for the connection that holds the lock: one that is idle for a minute is ended.
        await lockRetention(tx)
        if (!(await some())) return
      }
    }
    await round(async () => {
      const { ids, blobKeys } = await someOldRuns(deps.db, scope, batch)
      for (const key of blobKeys) await deps.blobs.delete(key)
      if (ids.length > 0) deleted.runs += await deleteRuns(deps.db, ids)
      return ids.length > 0
    })
    await round(async () => {
      const gone = await deleteOldChanges(deps.db, scope, batch)
      deleted.changes += gone.changes
      deleted.events += gone.events
      return gone.changes > 0
    })
    await round(async () => {
      const { jobIds, blobKeys } = await someOldLogs(deps.db, scope, batch)
      for (const key of blobKeys) await deps.blobs.delete(key)
      if (jobIds.length > 0) await deleteLogs(deps.db, jobIds)
      return jobIds.length > 0
    })
    if (options.projectId === undefined) {
      await deleteOfNoProject(deps, scope, { round, deleted, stopping: options.stopping })
    }
    deps.log.info({ deleted, projectId: options.projectId }, 'deleted what is older than it is kept')
    return deleted
  })
}

/** Live events, the audit log and what signing in leaves belong to the installation. */
async function deleteOfNoProject(
  deps: Deps,
  { settings, now }: RetentionScope,
  on: {
    round(some: () => Promise<boolean>): Promise<void>
    deleted: RetentionPreview
    stopping: AbortSignal | undefined
  },
): Promise<void> {
  const { round, deleted, stopping } = on
  await round(async () => {
    const count = await deleteOldEvents(deps.db, before(now, settings.eventDays), rowBatch)
    deleted.events += count
    return count === rowBatch
  })
  await round(async () => {
    const count = await deleteOldAudit(deps.db, before(now, settings.auditDays), rowBatch)
    deleted.auditEntries += count
    return count === rowBatch
  })
  await sweepSignIns(deps.db, now)
  await deleteUnprintable(deps.db)
  // A blob so young may be one whose row is about to be written.
  const young = new Date(now.getTime() - dayMs)
  await sweepArtifacts(deps, young, stopping)
  await sweepLogs(deps, young, stopping)
}

/** A round each night at three by the clock of this machine, until stopped; a failure is logged. */
export function startRetention(deps: Deps): { stop(): Promise<void> } {
  const stopping = new AbortController()
  let current: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    if (deps.clock.now().getHours() !== 3) return
    current = runRetention(deps, { stopping: stopping.signal }).catch((error: unknown) =>
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
