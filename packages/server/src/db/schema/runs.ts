import type { Conclusion, Status } from '@signalbox/core/domain/status.ts'
import type { Generated } from 'kysely'
import type { Fence, Json, JsonDefault, Stamped } from './columns.ts'

export interface RunsTable {
  id: string
  project_id: string
  change_id: string | null
  number: number
  kind: 'agent' | 'validation' | 'deploy' | 'manual'
  name: string
  workflow_file: string
  workflow_text: string
  workflow_source: 'generated' | 'repository'
  commit_id: string
  ref: string
  trusted: boolean
  subject: JsonDefault<Record<string, unknown>>
  status: Status
  conclusion: Conclusion | null
  reason: string | null
  cancel_requested: Generated<boolean>
  fence: Fence
  created_at: Stamped
  started_at: Date | null
  completed_at: Date | null
}

export interface JobsTable {
  id: string
  run_id: string
  key: string
  name: string
  needs: Generated<string[]>
  position: number
  status: Status
  conclusion: Conclusion | null
  reason: string | null
  attempt: Generated<number>
  worker_id: string | null
  outputs: JsonDefault<Record<string, string>>
  fence: Fence
  heartbeat_at: Date | null
  log_complete: Generated<boolean>
  created_at: Stamped
  started_at: Date | null
  completed_at: Date | null
}

export interface StepsTable {
  job_id: string
  attempt: number
  number: number
  name: string
  status: Status
  outcome: Conclusion | null
  conclusion: Conclusion | null
  exit_code: number | null
  reason: string | null
  outputs: JsonDefault<Record<string, string>>
  started_at: Date | null
  completed_at: Date | null
}

/** A line as stored: step, milliseconds, stream (o, e, s), text. Short keys: it is most of the database. */
export interface StoredLine {
  s: number
  t: number
  c: 'o' | 'e' | 's'
  x: string
}

export interface LogChunksTable {
  job_id: string
  attempt: number
  first_line: number
  line_count: number
  lines: Json<StoredLine[]>
  at: Stamped
}

export interface EgressRequestsTable {
  id: string
  job_id: string
  at: Date
  host: string
  port: number
  method: string
  allowed: boolean
  reason: string
  bytes_up: number
  bytes_down: number
  duration_ms: number
}
