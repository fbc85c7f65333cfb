import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import { numberOf } from './number-of.ts'
import type { Objects } from './objects.ts'
import type { CacheStore } from './port.ts'

/** One cache is at most this large. */
export const maxCacheBytes = 4 * 1024 ** 3
/** GitHub's limits on keys. */
const Key = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^,]*$/)
const Entry = z.object({ key: Key, version: z.string().min(1).max(200) })
const Finalize = Entry.extend({ size_bytes: z.coerce.number().int().min(0) })
const Find = Entry.extend({ restore_keys: z.array(Key).max(9).default([]) })

/** What the service knows of the job that calls it. */
export interface CacheCaller {
  caches: CacheStore
  objects: Objects
}

/** Methods of `github.actions.results.api.v1.CacheService`, as seen in the stock clients. Each answers JSON. */
export const cacheMethods: Readonly<Record<string, (caller: CacheCaller, body: unknown) => Promise<object>>> =
  {
    CreateCacheEntry,
    FinalizeCacheEntryUpload,
    GetCacheEntryDownloadURL,
  }

/** A cache that cannot be saved is no fault of the job: the stock clients tell it and go on. */
async function CreateCacheEntry(caller: CacheCaller, body: unknown): Promise<object> {
  const { key, version } = Entry.parse(body)
  if (await caller.caches.has({ key, version })) return { ok: false, message: existing(key) }
  const facts = { mediaType: 'application/octet-stream', retentionDays: undefined }
  const url = await caller.objects.beginUpload(purposeOf(key, version), { maxBytes: maxCacheBytes, facts })
  return { ok: true, signed_upload_url: url }
}

async function FinalizeCacheEntryUpload(caller: CacheCaller, body: unknown): Promise<object> {
  const { key, version, size_bytes } = Finalize.parse(body)
  try {
    const stored = await caller.objects.takeUpload(purposeOf(key, version), async (upload) => {
      const data = upload.read({ sizeBytes: size_bytes, sha256: undefined })
      return await caller.caches.put({ key, version }, data, { maxBytes: maxCacheBytes })
    })
    return { ok: true, entry_id: numberOf(stored.id) }
  } catch (error) {
    if (error instanceof Failure && error.code === 'cache-exists')
      return { ok: false, message: existing(key) }
    throw error
  }
}

async function GetCacheEntryDownloadURL(caller: CacheCaller, body: unknown): Promise<object> {
  const { key, version, restore_keys } = Find.parse(body)
  const found = await caller.caches.find([key, ...restore_keys], version)
  if (!found) return { ok: false, signed_download_url: '', matched_key: '' }
  return {
    ok: true,
    signed_download_url: caller.objects.readUrl({ cache: found.id }),
    matched_key: found.key,
  }
}

function purposeOf(key: string, version: string): string {
  return `cache ${version} ${key}`
}

function existing(key: string): string {
  return `cache entry with the same key, version, and scope already exists: ${key}`
}
