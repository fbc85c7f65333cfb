import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Failure } from '@signalbox/core/base/failure.ts'
import { checkedKey, checkedPrefix } from '../keys.ts'
import type { BlobInfo, Blobs } from '../port.ts'
import { Measure, trailerBytes } from '../trailer.ts'

/** A fake for tests: blobs in memory, and orders to fail. */
export interface FakeBlobs extends Blobs {
  /** The next call of this kind fails with it; a `put` fails after it has read everything. */
  failNext(method: 'put' | 'get' | 'stat' | 'delete', failure: Failure): void
  /** Keys in order. */
  keys(): string[]
}

/** Makes a store that forgets everything with its process. */
export function createFakeBlobs(): FakeBlobs {
  const stored = new Map<string, { bytes: Buffer; info: BlobInfo; storedAt: Date }>()
  const orders = new Map<string, Failure>()
  function obey(method: string): void {
    const failure = orders.get(method)
    orders.delete(method)
    if (failure) throw failure
  }
  const keys = () => [...stored.keys()].sort((a, b) => (a < b ? -1 : 1))
  return {
    label: 'fake',
    failNext: (method, failure) => void orders.set(method, failure),
    keys,
    async put(key, data, { maxBytes } = {}) {
      checkedKey(key)
      const measure = new Measure(maxBytes)
      const chunks: Buffer[] = []
      const keep = new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          chunks.push(chunk)
          done()
        },
      })
      await pipeline(data, measure, keep)
      obey('put')
      const info = measure.info(key)
      const bytes = Buffer.concat(chunks).subarray(0, -trailerBytes)
      stored.set(key, { bytes, info, storedAt: new Date() })
      return info
    },
    async get(key, range) {
      const blob = stored.get(checkedKey(key))
      obey('get')
      if (!blob) return undefined
      const bytes = blob.bytes.subarray(
        range?.start ?? 0,
        range?.end === undefined ? undefined : range.end + 1,
      )
      return { data: Readable.from(bytes.length > 0 ? [bytes] : []), info: blob.info }
    },
    async stat(key) {
      obey('stat')
      return stored.get(checkedKey(key))?.info
    },
    async delete(key) {
      obey('delete')
      stored.delete(checkedKey(key))
    },
    async *list(prefix) {
      checkedPrefix(prefix)
      for (const key of keys()) {
        const blob = stored.get(key)
        if (blob && key.startsWith(prefix)) {
          yield { key, sizeBytes: blob.info.sizeBytes, storedAt: blob.storedAt }
        }
      }
    },
  }
}
