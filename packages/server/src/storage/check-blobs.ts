import { randomBytes, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Blobs } from './port.ts'

/** Stores a few bytes, reads and deletes them: whatever is wrong with the store comes out as its Failure. */
export async function checkBlobs(blobs: Blobs): Promise<void> {
  const key = `probes/${randomUUID()}`
  const bytes = randomBytes(64)
  await blobs.put(key, Readable.from([bytes]))
  const read = await blobs.get(key)
  const same = read && (await buffer(read.data)).equals(bytes)
  await blobs.delete(key)
  if (same) return
  throw new Failure('storage-damaged', `The ${blobs.label} does not give back what was stored in it.`)
}
