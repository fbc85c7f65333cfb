import { Failure } from '@signalbox/core/base/failure.ts'
import type { RetentionPreview } from '@signalbox/core/contract/views/retention.ts'
import { deleteOldOccurrences } from '../db/occurrences.ts'
import {
  before,
  blobsOfLogs,
  blobsOfRuns,
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
import { sweepArtifacts } from './runs/sweep-artifacts.ts'

type Deps = Pick<FlowDeps, 'db' | 'blobs' | 'clock' | 'log'>

const batch = 50
/** What is old is looked for so many at a time: the look reads far more than it finds. */
const look = 500
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
  const { projectId, stopping } = options
  const deleted = await deps.db.transaction().execute(async (tx) => {
    if (!(await lockRetention(tx))) throw new Failure('refused', 'Old things are being deleted already.')
    const scope = await scopeOf(deps, projectId)
    const planned = await countOld(deps.db, scope)
    const deleted = { ...planned, changes: 0, runs: 0, events: 0, auditEntries: 0 }
    // Something for the connection that holds the lock: one that is idle for a minute is ended.
    const alive = async () => void (await lockRetention(tx))
    const on: Round = { deleted, stopping, alive }
    await deleteOfProjects(deps, scope, on)
    if (projectId === undefined) await deleteOfNoProject(deps, scope, on)
    return deleted
  })
  deps.log.info({ deleted, projectId }, 'deleted what is older than it is kept')
  return deleted
}

/**
 * Deletes blobs of artifacts and logs that no row names for a day: what crashed uploads and deleted projects left. It
 * lists the whole store, so that no person waits for it, and holds no lock: two sweeps at once do no harm.
 */
export async function sweepBlobs(deps: Deps, stopping?: AbortSignal): Promise<void> {
  // A blob that is younger may be one whose row is about to be written.
  const before = new Date(deps.clock.now().getTime() - dayMs)
  const artifacts = await sweepArtifacts(deps, before, stopping)
  const logs = await sweepLogs(deps, before, stopping)
  if (artifacts + logs > 0) deps.log.info({ artifacts, logs }, 'deleted blobs that no row names')
}

interface Round {
  deleted: RetentionPreview
  stopping: AbortSignal | undefined
  /** To be called at least once a minute. */
  alive(): Promise<void>
}

/** Does a part of the work, and again, until it says that nothing was left. */
async function untilDone(on: Round, some: () => Promise<boolean>): Promise<void> {
  while (!on.stopping?.aborted) {
    await on.alive()
    if (!(await some())) return
  }
}

async function deleteOfProjects(deps: Deps, scope: RetentionScope, on: Round): Promise<void> {
  const { deleted } = on
  /** Looks once for many and takes some at a time; what is found after a stop is for the next round. */
  async function inBatches(find: () => Promise<string[]>, take: (some: string[]) => Promise<void>) {
    await untilDone(on, async () => {
      const ids = await find()
      for (let at = 0; at < ids.length && !on.stopping?.aborted; at += batch) {
        await on.alive()
        await take(ids.slice(at, at + batch))
      }
      return ids.length > 0
    })
  }
  async function deleteBlobs(keys: string[]): Promise<void> {
    for (const key of keys) await deps.blobs.delete(key)
  }
  await inBatches(
    () => someOldRuns(deps.db, scope, look),
    async (ids) => {
      await deleteBlobs(await blobsOfRuns(deps.db, ids))
      deleted.runs += await deleteRuns(deps.db, ids)
    },
  )
  await untilDone(on, async () => {
    const gone = await deleteOldChanges(deps.db, scope, batch)
    deleted.changes += gone.changes
    deleted.events += gone.events
    return gone.changes > 0
  })
  await inBatches(
    () => someOldLogs(deps.db, scope, look),
    async (jobIds) => {
      await deleteBlobs(await blobsOfLogs(deps.db, jobIds))
      await deleteLogs(deps.db, jobIds)
    },
  )
}

/** Live events, the audit log and what signing in leaves belong to the installation. */
async function deleteOfNoProject(deps: Deps, { settings, now }: RetentionScope, on: Round): Promise<void> {
  const { deleted } = on
  await untilDone(on, async () => {
    const count = await deleteOldEvents(deps.db, before(now, settings.eventDays), rowBatch)
    deleted.events += count
    return count === rowBatch
  })
  await untilDone(on, async () => {
    const count = await deleteOldAudit(deps.db, before(now, settings.auditDays), rowBatch)
    deleted.auditEntries += count
    return count === rowBatch
  })
  await deleteOldOccurrences(deps.db, before(now, settings.eventDays))
  await sweepSignIns(deps.db, now)
  await deleteUnprintable(deps.db)
}

/** A round each night at three by the clock of this machine, until stopped; a failure is logged. */
export function startRetention(deps: Deps): { stop(): Promise<void> } {
  const stopping = new AbortController()
  let current: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    if (deps.clock.now().getHours() !== 3) return
    current = runRetention(deps, { stopping: stopping.signal })
      .then(() => sweepBlobs(deps, stopping.signal))
      .catch((error: unknown) =>
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
