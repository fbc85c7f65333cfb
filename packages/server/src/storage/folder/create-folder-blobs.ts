import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { checkedKey, checkedPrefix } from '../keys.ts'
import type { BlobInfo, Blobs } from '../port.ts'
import { damaged, Measure, readTrailer, trailerBytes } from '../trailer.ts'
import { codeOf, storageFailure } from './failures.ts'
import { fileOf, listFolder } from './list-folder.ts'

/** An upload that has not grown for so long belongs to a process that is gone. */
const abandonedMs = 24 * 3_600_000

/**
 * Blobs as files of one folder. A blob is written beside the others, made durable and renamed into its place;
 * the folder that holds it is made durable, too. One folder may be used by several processes.
 */
export async function createFolderBlobs(options: { folder: string }): Promise<Blobs> {
  const root = join(options.folder, 'stored')
  const incoming = join(options.folder, 'incoming')
  await attempt(options.folder, async () => {
    await mkdir(root, { recursive: true, mode: 0o700 })
    await mkdir(incoming, { recursive: true, mode: 0o700 })
    await removeAbandoned(incoming)
  })
  return {
    label: `folder ${options.folder}`,
    async put(key, data, { maxBytes } = {}) {
      const target = fileOf(root, checkedKey(key))
      const temporary = join(incoming, randomUUID())
      try {
        const info = await writeWhole(temporary, key, data, maxBytes)
        await attempt(options.folder, () => moveInto(root, temporary, target))
        return info
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => {})
        throw error
      }
    },
    async get(key, range) {
      const opened = await attempt(options.folder, () => openBlob(root, key))
      if (!opened) return undefined
      const { handle, info } = opened
      const start = range?.start ?? 0
      const end = Math.min(range?.end ?? info.sizeBytes - 1, info.sizeBytes - 1)
      if (start > end) {
        await handle.close()
        return { data: Readable.from([]), info }
      }
      return { data: handle.createReadStream({ start, end }), info }
    },
    async stat(key) {
      const opened = await attempt(options.folder, () => openBlob(root, key))
      await opened?.handle.close()
      return opened?.info
    },
    async delete(key) {
      await attempt(options.folder, () => remove(root, fileOf(root, checkedKey(key))))
    },
    list: (prefix) => listFolder(root, checkedPrefix(prefix)),
  }
}

/** File operations whose errors become words that a person can act on. */
async function attempt<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw storageFailure(error, folder)
  }
}

async function writeWhole(path: string, key: string, data: Readable, maxBytes?: number): Promise<BlobInfo> {
  const folder = dirname(path)
  // `wx`: the name is new, and no link stands there.
  const handle = await attempt(folder, () => open(path, 'wx', 0o600))
  try {
    const measure = new Measure(maxBytes)
    await pipeline(data, measure, async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await attempt(folder, () => writeAll(handle, chunk))
    })
    await attempt(folder, () => handle.sync())
    return measure.info(key)
  } finally {
    await handle.close()
  }
}

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, at)
    at += bytesWritten
  }
}

async function moveInto(root: string, temporary: string, target: string): Promise<void> {
  const folder = dirname(target)
  for (let tries = 1; ; tries++) {
    try {
      await makeDurably(root, folder)
      await rename(temporary, target)
      return await syncFolder(folder)
    } catch (error) {
      // A delete of the last blob beside it took the folder away in between.
      if (codeOf(error) !== 'ENOENT' || tries === 20) throw error
    }
  }
}

/** Makes the folder and those above it; each new one is also made durable in the one that holds it. */
async function makeDurably(root: string, folder: string): Promise<void> {
  if (folder === root) return
  const above = dirname(folder)
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    if (codeOf(error) !== 'ENOENT') throw error
    await makeDurably(root, above)
    return await makeDurably(root, folder)
  }
  await syncFolder(above)
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function openBlob(
  root: string,
  key: string,
): Promise<{ handle: FileHandle; info: BlobInfo } | undefined> {
  const path = fileOf(root, checkedKey(key))
  let handle: FileHandle
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    if (codeOf(error) === 'ELOOP') throw damaged(key)
    throw error
  }
  try {
    return { handle, info: await readInfo(handle, key) }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function readInfo(handle: FileHandle, key: string): Promise<BlobInfo> {
  const { size } = await handle.stat()
  if (size < trailerBytes) throw damaged(key)
  const end = Buffer.alloc(trailerBytes)
  const { bytesRead } = await handle.read(end, 0, trailerBytes, size - trailerBytes)
  return readTrailer(key, size, end.subarray(0, bytesRead))
}

async function remove(root: string, path: string): Promise<void> {
  await rm(path, { force: true })
  for (let folder = dirname(path); folder !== root; folder = dirname(folder)) {
    try {
      await rmdir(folder)
    } catch {
      // Others are in it, or somebody else took it away.
      return
    }
  }
}

async function removeAbandoned(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name)
    const found = await stat(path).catch(() => undefined)
    if (found && Date.now() - found.mtimeMs > abandonedMs) await rm(path, { force: true })
  }
}
