import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { z } from 'zod'
import { chooseCache } from './choose-cache.ts'
import type { CacheKey, CacheStore, StoredCache } from './port.ts'

const dayMs = 86_400_000

/** What stands beside the file of a cache. */
const Facts = z.object({
  id: z.string(),
  key: z.string(),
  version: z.string(),
  sizeBytes: z.number(),
  createdAt: z.number(),
})
type Facts = z.infer<typeof Facts>

/** What a folder of caches may hold. */
export interface CacheLimits {
  maxBytes: number
  /** Deleted when nobody asked for it for so long. */
  unusedDays: number
}

/**
 * Keeps the caches of one checkout as files of a folder, for runs without a server: all of its runs share them. What
 * was used last is told by the time of a cache's facts; several processes may use the folder.
 */
export function createFolderCaches(folder: string, limits: CacheLimits, now: () => number): CacheStore {
  const factsOf = (id: string) => join(folder, `${id}.json`)
  const dataOf = (id: string) => join(folder, `${id}.data`)

  async function list(): Promise<Facts[]> {
    const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.json'))
    const found = await Promise.all(
      files.map(async (file) => {
        const text = await readFile(join(folder, file), 'utf8').catch(() => undefined)
        return text === undefined ? undefined : Facts.parse(JSON.parse(text))
      }),
    )
    return found.filter((one) => one !== undefined)
  }

  async function remove(id: string): Promise<void> {
    await rm(factsOf(id), { force: true })
    await rm(dataOf(id), { force: true })
  }

  async function evict(): Promise<void> {
    const used = await Promise.all(
      (await list()).map(async (one) => ({
        ...one,
        at: (await stat(factsOf(one.id)).catch(() => undefined))?.mtimeMs,
      })),
    )
    let bytes = 0
    for (const { id, sizeBytes, at = 0 } of used.sort((a, b) => (b.at ?? 0) - (a.at ?? 0))) {
      bytes += sizeBytes
      if (bytes > limits.maxBytes || at < now() - limits.unusedDays * dayMs) await remove(id)
    }
  }

  return {
    async find(keys, version) {
      const found = chooseCache(await list(), keys, version)
      if (!found) return undefined
      await touch(factsOf(found.id), now()).catch(() => {})
      return found
    },
    has: async ({ key, version }) => (await list()).some((one) => one.key === key && one.version === version),
    async put(key, data, { maxBytes }) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      if (await this.has(key)) throw cacheExists(key)
      const id = newId(now())
      const part = `${dataOf(id)}.part`
      try {
        const sizeBytes = await write(data, part, maxBytes)
        const facts: StoredCache & Facts = { id, ...key, sizeBytes, createdAt: now() }
        await rename(part, dataOf(id))
        await writeFile(part, JSON.stringify(facts), { mode: 0o600 })
        await touch(part, now())
        await rename(part, factsOf(id))
        await evict()
        return facts
      } finally {
        await rm(part, { force: true })
      }
    },
    async get(id, range) {
      const cache = (await list()).find((one) => one.id === id)
      const there = cache && (await stat(dataOf(id)).catch(() => undefined))?.isFile()
      return cache && there ? { cache, data: createReadStream(dataOf(id), range) } : undefined
    },
  }
}

async function touch(path: string, atMs: number): Promise<void> {
  await utimes(path, atMs / 1000, atMs / 1000)
}

/** What a second save of a key is told. */
export function cacheExists({ key }: CacheKey): Failure {
  return new Failure('cache-exists', `there is a cache ${key.slice(0, 100)} of this version already`)
}

async function write(data: Readable, path: string, maxBytes: number): Promise<number> {
  let size = 0
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      done(size > maxBytes ? new Failure('blob-too-large', 'The cache is too large.') : null, chunk)
    },
  })
  await pipeline(data, measure, createWriteStream(path, { mode: 0o600, flags: 'wx' }))
  return size
}
