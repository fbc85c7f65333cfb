import type { Generated } from 'kysely'
import type { Stamped } from './columns.ts'

export interface MasterKeysTable {
  id: string
  created_at: Stamped
  retired_at: Date | null
}

export interface SecretsTable {
  id: string
  project_id: string
  environment: string
  name: string
  sealed: Buffer
  key_id: string
  version: Generated<number>
  created_by: string | null
  created_at: Stamped
  updated_by: string | null
  updated_at: Stamped
  last_used_at: Date | null
  /** Somebody has read the value of now. */
  handed_out: Generated<boolean>
}

/** A value that was replaced or deleted after it was handed out. */
export interface OldSecretsTable {
  id: string
  project_id: string
  environment: string
  name: string
  sealed: Buffer
  key_id: string
  version: number
  replaced_at: Date
}

export interface VariablesTable {
  id: string
  project_id: string
  environment: string
  name: string
  value: string
  updated_by: string | null
  updated_at: Stamped
}

/** `parts`: the first line and the offset in bytes of each compressed part, one after the other. */
export interface LogBlobsTable {
  job_id: string
  attempt: number
  blob_key: string
  line_count: number
  size_bytes: number
  parts: number[]
  stored_at: Stamped
}
