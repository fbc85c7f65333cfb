import { createHash } from 'node:crypto'
import { Transform, type TransformCallback } from 'node:stream'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { BlobInfo } from './port.ts'

const magic = Buffer.from('SBXBLOB1', 'latin1')

/** Length in bytes of what every stored blob ends with: a word that names the form, and its SHA-256. */
export const trailerBytes = magic.length + 32

/**
 * Passes a blob's bytes on, measures them, and adds the trailer. The digest of a stream is known only at its
 * end, when the head of an object is long sent: so it stands behind the content, in one object with it.
 */
export class Measure extends Transform {
  readonly #hash = createHash('sha256')
  readonly #maxBytes: number
  #sizeBytes = 0
  #sha256: Buffer | undefined

  constructor(maxBytes = Number.POSITIVE_INFINITY) {
    super()
    this.#maxBytes = maxBytes
  }

  /** What went through; only after the end. */
  info(key: string): BlobInfo {
    if (!this.#sha256) throw new Error('The blob has not been read to its end.')
    return { key, sizeBytes: this.#sizeBytes, sha256: this.#sha256.toString('hex') }
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#sizeBytes += chunk.length
    if (this.#sizeBytes > this.#maxBytes) {
      done(new Failure('blob-too-large', `It is larger than ${this.#maxBytes} bytes.`))
      return
    }
    this.#hash.update(chunk)
    done(null, chunk)
  }

  override _flush(done: TransformCallback): void {
    this.#sha256 = this.#hash.digest()
    done(null, Buffer.concat([magic, this.#sha256]))
  }
}

/** What the last bytes of a stored object say; a Failure `storage-damaged` when they are not a trailer. */
export function readTrailer(key: string, storedBytes: number, end: Buffer): BlobInfo {
  if (end.length !== trailerBytes || !end.subarray(0, magic.length).equals(magic)) throw damaged(key)
  const sha256 = end.subarray(magic.length).toString('hex')
  return { key, sizeBytes: storedBytes - trailerBytes, sha256 }
}

/** The bytes under this key are not a blob of ours, or only a part of one. */
export function damaged(key: string): Failure {
  return new Failure('storage-damaged', `What is stored under ${key} is damaged.`, {
    hint: 'Delete it, or bring it back from a backup.',
  })
}
