import type { Readable } from 'node:stream'

/** What is kept of an artifact. */
export interface StoredArtifact {
  id: string
  name: string
  sizeBytes: number
  /** Lower-case hex of the compressed archive. */
  sha256: string
}

/** Where the artifacts of one run are kept, as compressed tar archives. Names are checked before they come here. */
export interface ArtifactStore {
  /** Stores the whole archive or nothing. Failure `artifact-exists` unless `overwrite`; `blob-too-large`. */
  put(
    name: string,
    archive: Readable,
    facts: { files: number; overwrite: boolean; retentionDays: number | undefined; maxBytes: number },
  ): Promise<StoredArtifact>
  /** In the order of names. */
  list(): Promise<StoredArtifact[]>
  /** Undefined when there is none. */
  get(name: string): Promise<Readable | undefined>
}
