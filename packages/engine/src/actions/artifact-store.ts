import type { Readable } from 'node:stream'

/** What is kept of an artifact. */
export interface StoredArtifact {
  id: string
  name: string
  sizeBytes: number
  /** Lower-case hex of the archive as it is kept. */
  sha256: string
  /** `application/gzip` (a tar), `application/zip`, or that of a single file that was kept as it is. */
  mediaType: string
  createdAt: Date
}

/** What the uploader says of an artifact. */
export interface ArtifactFacts {
  files: number
  mediaType: string
  overwrite: boolean
  retentionDays: number | undefined
  maxBytes: number
}

/** Where the artifacts of one run are kept. Names are checked before they come here. */
export interface ArtifactStore {
  /** Stores the whole archive or nothing. Failure `artifact-exists` unless `overwrite`; `blob-too-large`. */
  put(name: string, archive: Readable, facts: ArtifactFacts): Promise<StoredArtifact>
  /** In the order of names. */
  list(): Promise<StoredArtifact[]>
  /** Undefined when there is none. Who does not read `data` to its end destroys it. `end` is inclusive. */
  get(
    name: string,
    range?: { start: number; end?: number },
  ): Promise<{ data: Readable; artifact: StoredArtifact } | undefined>
  /** What was deleted; undefined when there was none. */
  delete(name: string): Promise<StoredArtifact | undefined>
}
