import type { ColumnType, Generated } from 'kysely'
import type { Fence, JsonDefault, Stamped } from './columns.ts'

export interface SnapshotsTable {
  id: string
  store: string
  project_id: string
  change_id: string | null
  kind: 'install' | 'failed'
  key: string
  state: 'ready' | 'unusable'
  reason: string | null
  layer: string
  paths: JsonDefault<string[]>
  size_bytes: Fence
  base_id: string | null
  job_id: string | null
  attempt: number | null
  step_number: number | null
  step_name: string | null
  command: Generated<string>
  hits: Generated<number>
  created_at: Stamped
  last_used_at: Stamped
}

export interface SnapshotLeasesTable {
  snapshot_id: string
  holder: string
  worker_id: string
  created_at: Stamped
}

export interface ShellsTable {
  id: string
  job_id: string
  snapshot_id: string | null
  user_id: string | null
  ticket_hash: ColumnType<Buffer | null, Buffer | null, null>
  created_at: Stamped
  opened_at: Date | null
  ended_at: Date | null
  exit_code: number | null
  reason: string | null
}
