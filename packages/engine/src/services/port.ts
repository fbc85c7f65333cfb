import type { Readable } from 'node:stream'
import type { ArtifactStore } from '../actions/artifact-store.ts'
import type { JobRequest } from '../job/port.ts'

/**
 * What the runtime's own services keep things in, and whom they ask. The process that runs a job serves them, with the
 * same code beside a server and without one; these are its adapters.
 */
export interface ServiceStores {
  artifacts: ArtifactStore
  caches: CacheStore
  /** Undefined: nobody here issues tokens, and a job that asks for one is told so. */
  idTokens?: IdTokenIssuer
}

/** A cache by what finds it. */
export interface CacheKey {
  key: string
  /** What the client makes of the paths and the compression; another one is another cache. */
  version: string
}

/** A cache that was saved. */
export interface StoredCache extends CacheKey {
  id: string
  sizeBytes: number
}

/** The caches that one job may read and write; which those are, the store knows. */
export interface CacheStore {
  /**
   * The newest cache whose key is the first of `keys`, else the newest whose key begins with one of them, in their
   * order; within a key the job's own scope before others. Counts as a use. Undefined: a miss.
   */
  find(keys: readonly string[], version: string): Promise<StoredCache | undefined>
  /** Whether this job's own scope has it already. */
  has(key: CacheKey): Promise<boolean>
  /** Stores the whole cache or nothing. Failures `cache-exists`, `cache-refused`, `blob-too-large`. */
  put(key: CacheKey, data: Readable, facts: { maxBytes: number }): Promise<StoredCache>
  /** Undefined: it was evicted meanwhile. Who does not read `data` to its end destroys it. `end` is inclusive. */
  get(
    id: string,
    range?: { start: number; end?: number },
  ): Promise<{ data: Readable; cache: StoredCache } | undefined>
}

/** Issues a token that says to others which job this is. Failures say why not. */
export interface IdTokenIssuer {
  issue(request: Pick<JobRequest, 'github'>, audience: string | undefined): Promise<string>
}
