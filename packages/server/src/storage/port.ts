import type { Readable } from 'node:stream'

/**
 * The blob port: bytes too large for the database (logs of completed jobs, artifacts, caches, backups' parts).
 *
 * A key is a path of lower-case words (`artifacts/<run>/<name>`), never taken from a repository or an agent
 * unescaped. `put` is atomic: a reader sees the whole blob or none, and a `put` that fails or whose process
 * dies leaves nothing under the key. The same key may be put again; the last complete one stands. `delete` is
 * idempotent. Everything may run side by side, from several processes.
 *
 * Failures: `blob-too-large`, `storage-full`, `storage-lost` (retryable: the store does not answer).
 */
export interface Blobs {
  /** How a person knows the store: `folder /var/lib/…` or `s3 bucket …`; never with a credential. */
  readonly label: string
  put(key: string, data: Readable, options?: { maxBytes?: number }): Promise<BlobInfo>
  /** Undefined when there is none. `range` is in bytes, `end` inclusive, as HTTP's. */
  get(
    key: string,
    range?: { start: number; end?: number },
  ): Promise<{ data: Readable; info: BlobInfo } | undefined>
  stat(key: string): Promise<BlobInfo | undefined>
  delete(key: string): Promise<void>
  /** Every blob under the prefix, in the order of keys. */
  list(prefix: string): AsyncIterable<BlobInfo>
}

export interface BlobInfo {
  key: string
  sizeBytes: number
  /** Lower-case hex of the whole content, measured while it was written. */
  sha256: string
}
