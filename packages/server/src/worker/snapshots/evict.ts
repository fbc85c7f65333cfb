import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { releaseSpecsInUse } from '../../db/deployments.ts'
import {
  type Removal,
  releaseDeadLeases,
  removeSnapshot,
  type SnapshotRow,
  snapshotsOfStore,
} from '../../db/snapshots.ts'
import type { WorkerDeps } from '../deps.ts'
import { layersOf } from '../releases.ts'
import { storeId } from './store-id.ts'

const hourMs = 3_600_000
/** A layer without a row is one whose maker died between sealing and storing, or is at it right now. */
const orphanMs = 10 * 60_000

/** What goes: too old, then the least recently used ones until the rest fits. */
export function chooseEvictions(
  rows: readonly SnapshotRow[],
  limits: { maxBytes: number; days: number; failedHours: number },
  now: Date,
): { expired: SnapshotRow[]; spare: SnapshotRow[] } {
  const age = (row: SnapshotRow) => now.getTime() - row.last_used_at.getTime()
  const longest = (row: SnapshotRow) =>
    row.kind === 'failed' ? limits.failedHours * hourMs : limits.days * 24 * hourMs
  // What stands on others goes before them.
  const order = [...rows].sort(
    (a, b) => Number(a.base_id === null) - Number(b.base_id === null) || age(b) - age(a),
  )
  return {
    expired: order.filter((row) => age(row) > longest(row)),
    spare: [...rows].sort((a, b) => age(b) - age(a)),
  }
}

/**
 * Deletes snapshots of this data folder beyond their age and the room that they may take, but none that a job, a
 * shell, a kept state or a release stands on; and layers that no row names. The row goes first: a crash leaves
 * a layer that nobody finds, never a row without its layer. Returns what it deleted.
 */
export async function evictSnapshots(deps: WorkerDeps): Promise<string[]> {
  const store = await storeId(deps.config.dataDir)
  await releaseDeadLeases(deps.db)
  const released = new Set((await releaseSpecsInUse(deps.db)).flatMap(layersOf))
  const deleted: string[] = []
  async function evict(row: SnapshotRow): Promise<boolean> {
    if (released.has(join(deps.config.dataDir, 'layers', row.layer))) return false
    if ((await removeWithLayer(deps, row)) !== 'removed') return false
    deleted.push(row.layer)
    return true
  }
  const { expired } = chooseEvictions(
    await snapshotsOfStore(deps.db, store),
    deps.config.snapshots,
    deps.clock.now(),
  )
  for (const row of expired) await evict(row)
  const left = await snapshotsOfStore(deps.db, store)
  let total = left.reduce((sum, row) => sum + row.size_bytes, 0)
  // Twice: a base is free once what stood on it is gone.
  for (let round = 0; round < 2; round++) {
    const now = await snapshotsOfStore(deps.db, store)
    for (const row of chooseEvictions(now, deps.config.snapshots, deps.clock.now()).spare) {
      if (total <= deps.config.snapshots.maxBytes) break
      if (await evict(row)) total -= row.size_bytes
    }
  }
  deleted.push(...(await removeOrphans(deps, store)))
  if (deleted.length > 0) deps.log.info({ deleted }, 'deleted snapshots')
  return deleted
}

/** Deletes a snapshot that nobody stands on, and then its layer. */
export async function removeWithLayer(deps: WorkerDeps, row: SnapshotRow): Promise<Removal> {
  const removal = await removeSnapshot(deps.db, row.id)
  if (removal === 'removed' && row.state === 'ready') await deps.provider.deleteSnapshot(row.layer)
  return removal
}

async function removeOrphans(deps: WorkerDeps, store: string): Promise<string[]> {
  const folder = join(deps.config.dataDir, 'layers')
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^(?:install|failed)-/.test(name))
  // After the folder was read: a row that is stored meanwhile is found here.
  const known = new Set((await snapshotsOfStore(deps.db, store)).map((row) => row.layer))
  const released = new Set((await releaseSpecsInUse(deps.db)).flatMap(layersOf))
  const gone: string[] = []
  for (const name of names) {
    const path = join(folder, name)
    if (known.has(name) || released.has(path)) continue
    const seen = await stat(path).catch(() => undefined)
    if (!seen || deps.clock.now().getTime() - seen.ctimeMs < orphanMs) continue
    await deps.provider.deleteSnapshot(name)
    gone.push(name)
  }
  return gone
}
