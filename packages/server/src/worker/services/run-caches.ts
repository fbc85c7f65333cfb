import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { chooseCache } from '@signalbox/engine/services/choose-cache.ts'
import { type CacheLimits, cacheExists } from '@signalbox/engine/services/folder-caches.ts'
import type { CacheStore, StoredCache } from '@signalbox/engine/services/port.ts'
import {
  type CacheRow,
  cachesByKeys,
  evictCaches,
  findCache,
  insertCache,
  useCache,
} from '../../db/caches.ts'
import { keyPart } from '../../storage/keys.ts'
import type { WorkerDeps } from '../deps.ts'
import type { CacheScopes } from './cache-scopes.ts'

const dayMs = 86_400_000

type Deps = Pick<WorkerDeps, 'db' | 'blobs' | 'clock'>

/** The caches of a project as one run sees them: rows that name blobs. A blob without a row is swept like others. */
export function runCaches(
  deps: Deps,
  run: { id: string; projectId: string; scopes: CacheScopes; limits: CacheLimits },
): CacheStore {
  const { projectId, scopes } = run
  return {
    async find(keys, version) {
      const rows = await cachesByKeys(deps.db, { projectId, scopes: scopes.read, version, keys })
      const found = chooseCache(
        rows.map((row) => ({
          ...stored(row),
          createdAt: row.created_at.getTime(),
          scope: scopes.read.indexOf(row.scope),
        })),
        keys,
        version,
      )
      if (found) await useCache(deps.db, { id: found.id, now: deps.clock.now() })
      return found
    },
    async has({ key, version }) {
      const scope = writable(scopes)
      const rows = await cachesByKeys(deps.db, { projectId, scopes: [scope], version, keys: [key] })
      return rows.some((row) => row.key === key)
    },
    async put(cache, data, { maxBytes }) {
      const scope = writable(scopes)
      const id = newId()
      const key = `caches/${projectId}/${keyPart(cache.key)}-${id}`
      const blob = await deps.blobs.put(key, data, { maxBytes: Math.min(maxBytes, run.limits.maxBytes) })
      const now = deps.clock.now()
      const row = await insertCache(deps.db, {
        id,
        project_id: projectId,
        scope,
        ...cache,
        blob_key: key,
        size_bytes: blob.sizeBytes,
        sha256: blob.sha256,
        run_id: run.id,
        created_at: now,
        last_used_at: now,
      })
      if (!row) {
        await deps.blobs.delete(key)
        throw cacheExists(cache)
      }
      await evictProjectCaches(deps, projectId, run.limits)
      return stored(row)
    },
    async get(id, range) {
      const row = await findCache(deps.db, { projectId, id })
      if (!row || !scopes.read.includes(row.scope)) return undefined
      const blob = await deps.blobs.get(row.blob_key, range)
      return blob && { data: blob.data, cache: stored(row) }
    },
  }
}

/** Deletes the caches of a project beyond their age and the room that they may take. Rows first; how many. */
export async function evictProjectCaches(
  deps: Deps,
  projectId: string,
  limits: CacheLimits,
): Promise<number> {
  const before = new Date(deps.clock.now().getTime() - limits.unusedDays * dayMs)
  const keys = await evictCaches(deps.db, { projectId, maxBytes: limits.maxBytes, before })
  for (const key of keys) await deps.blobs.delete(key)
  return keys.length
}

/** The stock clients know a policy by these words and go on without a cache. */
function writable({ write }: CacheScopes): string {
  if (write !== undefined) return write
  throw new Failure('cache-refused', 'cache write denied: a run that this event started saves no caches')
}

function stored(row: CacheRow): StoredCache {
  return { id: row.id, key: row.key, version: row.version, sizeBytes: row.size_bytes }
}
