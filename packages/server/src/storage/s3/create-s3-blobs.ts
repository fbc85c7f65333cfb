import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { checkedKey, checkedPrefix } from '../keys.ts'
import type { BlobInfo, Blobs } from '../port.ts'
import { damaged, Measure, readTrailer, trailerBytes } from '../trailer.ts'
import { isMissing, s3Failure, wordOf } from './failures.ts'

/** 10 000 parts at most: blobs of up to 80 GB, with two parts of one upload in memory. */
const partBytes = 8 * 1024 * 1024
const partsAtOnce = 2

export interface S3Options {
  bucket: string
  endpoint: string | undefined
  region: string
  /** Empty, or words that end in a slash. */
  prefix: string
  pathStyle: boolean
  /** Undefined: as the AWS libraries find them. */
  credentials: { accessKeyId: string; secretAccessKey: string } | undefined
  /** How often a request is tried; 4. */
  maxAttempts?: number
}

/** Blobs as objects of one bucket of an S3-compatible store. Large ones go up in parts as they come. */
export function createS3Blobs(options: S3Options): Blobs & { close(): void } {
  const { bucket: Bucket, prefix } = options
  const label = `s3 bucket ${Bucket}${options.endpoint ? ` at ${new URL(options.endpoint).host}` : ''}`
  const client = clientOf(options)
  const keyOf = (key: string) => `${prefix}${checkedKey(key)}`

  /** What stands under a key: its end says how long it is and what its digest is. */
  async function look(
    key: string,
    tries = 1,
  ): Promise<{ info: BlobInfo; etag: string | undefined } | undefined> {
    const Key = keyOf(key)
    try {
      const { ContentLength: total = 0, ETag } = await client.send(new HeadObjectCommand({ Bucket, Key }))
      if (total < trailerBytes) throw damaged(key)
      const Range = `bytes=${total - trailerBytes}-${total - 1}`
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, Range, IfMatch: ETag }))
      const end = await bytesOf(Body)
      return { info: readTrailer(key, total, end), etag: ETag }
    } catch (error) {
      if (isMissing(error)) return undefined
      // Replaced between the two requests.
      if (wordOf(error).status === 412 && tries < 5) return await look(key, tries + 1)
      throw s3Failure(error, label)
    }
  }

  async function read(key: string, range: { start: number; end?: number }) {
    for (let tries = 1; ; tries++) {
      const found = await look(key)
      if (!found) return undefined
      const { info, etag } = found
      const end = Math.min(range.end ?? info.sizeBytes - 1, info.sizeBytes - 1)
      if (range.start > end) return { data: Readable.from([]), info }
      const Range = `bytes=${range.start}-${end}`
      try {
        const command = new GetObjectCommand({ Bucket, Key: keyOf(key), Range, IfMatch: etag })
        const { Body } = await client.send(command)
        if (!(Body instanceof Readable)) throw damaged(key)
        return {
          data: Readable.from(translated(Body, end - range.start + 1, label), { objectMode: false }),
          info,
        }
      } catch (error) {
        // It was replaced or deleted between the two requests.
        const moved = wordOf(error).status === 412 || isMissing(error)
        if (!moved || tries === 5) throw s3Failure(error, label)
      }
    }
  }

  return {
    label,
    async put(key, data, { maxBytes } = {}) {
      const Key = keyOf(key)
      const measure = new Measure(maxBytes)
      const feeding = pipeline(data, measure)
      // Whoever fails first says why; the other one's end is not an error of its own.
      feeding.catch(() => {})
      const params = { Bucket, Key, Body: measure }
      // It takes its parts away when it fails; a rule of the bucket for old uploads does so after a crash.
      const upload = new Upload({ client, params, partSize: partBytes, queueSize: partsAtOnce })
      try {
        await upload.done()
        await feeding
        return measure.info(key)
      } catch (error) {
        measure.destroy()
        const source = await feeding.then(
          () => undefined,
          (cause: unknown) => cause,
        )
        throw isOfSource(source) ? source : s3Failure(error, label)
      }
    },
    get: (key, range) => read(key, range ?? { start: 0 }),
    async stat(key) {
      return (await look(key))?.info
    },
    async delete(key) {
      try {
        await client.send(new DeleteObjectCommand({ Bucket, Key: keyOf(key) }))
      } catch (error) {
        if (!isMissing(error)) throw s3Failure(error, label)
      }
    },
    async *list(under) {
      const Prefix = `${prefix}${checkedPrefix(under)}`
      try {
        for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
          for (const { Key, Size = 0, LastModified } of page.Contents ?? []) {
            if (!Key) continue
            const storedAt = LastModified ?? new Date(0)
            yield { key: Key.slice(prefix.length), sizeBytes: Math.max(0, Size - trailerBytes), storedAt }
          }
        }
      } catch (error) {
        throw s3Failure(error, label)
      }
    },
    close: () => client.destroy(),
  }
}

function clientOf(options: S3Options): S3Client {
  return new S3Client({
    region: options.region,
    forcePathStyle: options.pathStyle,
    maxAttempts: options.maxAttempts ?? 4,
    // Stores other than Amazon's refuse the checksums that the library adds by itself; TLS and our own digest stay.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 5000, requestTimeout: 120_000 },
    ...(options.endpoint ? { endpoint: options.endpoint } : {}),
    ...(options.credentials ? { credentials: options.credentials } : {}),
  })
}

/** An error of what was to be stored, not one that our own giving up made of it. */
function isOfSource(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return Reflect.get(error, 'code') !== 'ERR_STREAM_PREMATURE_CLOSE' && error.name !== 'AbortError'
}

async function bytesOf(body: unknown): Promise<Buffer> {
  return body instanceof Readable ? await buffer(body) : Buffer.alloc(0)
}

/** At most `length` bytes: a store may take an end of 0 for none. */
async function* translated(
  body: AsyncIterable<Buffer>,
  length: number,
  label: string,
): AsyncGenerator<Buffer> {
  try {
    let left = length
    for await (const chunk of body) {
      yield chunk.subarray(0, left)
      left -= chunk.length
      if (left <= 0) return
    }
  } catch (error) {
    throw s3Failure(error, label)
  }
}
