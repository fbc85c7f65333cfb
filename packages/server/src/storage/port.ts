import type { Readable } from 'node:stream'

/**
 * The blob port: bytes too large for the database (logs of completed jobs, artifacts, caches, backups' parts).
 *
 * A key is a path of lower-case words (`artifacts/<run>/<name>`), never taken from a repository or an agent
 * unescaped (`keyPart` escapes). `put` is atomic: a reader sees the whole blob or none, and a `put` that fails
 * or whose process dies leaves nothing under the key. The same key may be put again; the last complete one
 * stands. `delete` is idempotent. Everything may run side by side, from several processes.
 *
 * Failures: `invalid-key`, `blob-too-large`, `storage-full`, `storage-damaged` (the bytes are not what was
 * stored), `storage-refused` (key, bucket or permission), `storage-lost` (retryable: the store does not answer). An error of the `data` given to `put` comes
 * out as it is.
 */
export interface Blobs {
  /** How a person knows the store: `folder /var/lib/…` or `s3 bucket …`; never with a credential. */
  readonly label: string
  put(key: string, data: Readable, options?: { maxBytes?: number }): Promise<BlobInfo>
  /**
   * Undefined when there is none. `range` is in bytes, `end` inclusive, as HTTP's; what lies beyond the end of
   * the blob is left out. Who does not read `data` to its end destroys it.
   */
  get(
    key: string,
    range?: { start: number; end?: number },
  ): Promise<{ data: Readable; info: BlobInfo } | undefined>
  stat(key: string): Promise<BlobInfo | undefined>
  delete(key: string): Promise<void>
  /** Every blob whose key begins with the prefix (empty: all), in the order of keys. */
  list(prefix: string): AsyncIterable<BlobEntry>
}

/** What a list knows of a blob. */
export interface BlobEntry {
  key: string
  sizeBytes: number
  storedAt: Date
}

/** What a blob is. */
export interface BlobInfo {
  key: string
  sizeBytes: number
  /** Lower-case hex of the whole content, measured while it was written. */
  sha256: string
}
