import { unnamedArtifacts } from '../../db/artifacts.ts'
import { unnamedCaches } from '../../db/caches.ts'
import type { FlowDeps } from '../deps.ts'

/** What begins the keys, and who knows which of them no row names. */
const kinds = [
  { prefix: 'artifacts/', unnamed: unnamedArtifacts },
  { prefix: 'caches/', unnamed: unnamedCaches },
] as const
const batch = 500

/**
 * Deletes blobs of artifacts and caches that no row names and that are older than `before`, so that none is meant whose row is
 * just being written: what a worker left that died between the two, and what deleted projects left. How many.
 */
export async function sweepArtifacts(
  deps: Pick<FlowDeps, 'db' | 'blobs'>,
  before: Date,
  stopping?: AbortSignal,
): Promise<number> {
  let removed = 0
  for (const { prefix, unnamed } of kinds) {
    let keys: string[] = []
    async function sweep(): Promise<void> {
      for (const key of await unnamed(deps.db, keys)) {
        await deps.blobs.delete(key)
        removed += 1
      }
      keys = []
    }
    for await (const { key, storedAt } of deps.blobs.list(prefix)) {
      if (stopping?.aborted) return removed
      if (storedAt > before) continue
      keys.push(key)
      if (keys.length >= batch) await sweep()
    }
    await sweep()
  }
  return removed
}
