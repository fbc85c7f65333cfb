import type { Generated } from 'kysely'
import type { Stamped } from './columns.ts'

export interface CachesTable {
  id: string
  project_id: string
  /** Who may read it: a ref, or a change. */
  scope: string
  key: string
  /** What the client says of paths and compression; another one is another cache. */
  version: string
  blob_key: string
  size_bytes: number
  sha256: string
  run_id: string | null
  hits: Generated<number>
  created_at: Stamped
  last_used_at: Stamped
}

export interface OidcKeysTable {
  id: string
  /** The public half, a JWK. */
  public_key: string
  /** The private half, a JWK under a key that is derived from the master key. */
  sealed: Buffer
  created_at: Date
  expires_at: Date
}
