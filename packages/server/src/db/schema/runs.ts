import type { JsonValue } from '@signalbox/core/base/json.ts'
import type { Conclusion, Status } from '@signalbox/core/domain/status.ts'
import type { ColumnType, Generated } from 'kysely'
import type { Fence, Json, JsonDefault, Stamped } from './columns.ts'

export interface RunsTable {
  id: string
  project_id: string
  change_id: string | null
  number: number
  kind: 'agent' | 'validation' | 'deploy' | 'manual' | 'event'
  name: string
  workflow_file: string
  workflow_text: string
  workflow_source: 'generated' | 'repository'
  /** Text of `.signalbox/actions.lock` where the workflow was read; null without one. */
  actions_lock: string | null
  commit_id: string
  ref: string
  trusted: boolean
  subject: JsonDefault<Record<string, unknown>>
  status: Status
  conclusion: Conclusion | null
  reason: string | null
  cancel_requested: Generated<boolean>
  /** Asked for again: what would still run after a cancel ends too. */
  cancel_forced: Generated<boolean>
  fence: Fence
  created_at: Stamped
  started_at: Date | null
  completed_at: Date | null
  /** Values of the inputs that the workflow declares, defaults filled in. */
  inputs: JsonDefault<Record<string, string | number | boolean>>
  /** Counts from 1; a run that was run again has a later attempt with `rerun_of`. */
  attempt: Generated<number>
  rerun_of: string | null
  concurrency_group: string | null
  /** Texts of the workflow files that it calls, by their names, as they were at its commit. */
  called_workflows: JsonDefault<Record<string, string>>
  /** Outputs of jobs that are taken over from the attempt before, by the keys of the jobs. */
  kept: JsonDefault<Record<string, Record<string, string>>>
  /** In favour of what it was asked to stop; null when a person asked. */
  cancel_reason: string | null
  /** What happened, for a run that started by itself. */
  occurrence_id: string | null
  /** As under `on`; null for what a person or the platform started. */
  event_name: string | null
  /** `github.event`. */
  event: JsonDefault<Record<string, JsonValue>>
  /** How many runs stand before it in a chain of workflow_run. */
  event_depth: Generated<number>
}

/** What somebody said about the jobs of a run that name an environment; the last word counts. */
export interface EnvironmentReviewsTable {
  run_id: string
  environment: string
  user_id: string
  user_name: string
  decision: 'approved' | 'rejected'
  comment: string
  at: Date
}

/** A run (without a job) or a job in a group of `concurrency`; ids are their order. */
export interface GroupMembersTable {
  id: Generated<number>
  project_id: string
  /** The name in one case. */
  group_key: string
  group_name: string
  run_id: string
  job_id: string | null
  holds: boolean
  entered_at: Stamped
}

/** The worker that a job wants, as core's MachineWish has it. */
export interface StoredWish {
  labels: string[]
  group?: string
}

/** What a leg knows of its matrix. */
export interface StoredStrategy {
  total: number
  failFast: boolean
  maxParallel?: number
}

export interface JobsTable {
  id: string
  run_id: string
  /** Unique in the run: the key of the workflow, for a leg of a matrix with its values in brackets. */
  key: string
  /** The key of the workflow, which its legs share. */
  job_key: string
  /** From 0; null for a job without a matrix, and for one that was not expanded yet. */
  leg: number | null
  matrix: ColumnType<Record<string, JsonValue> | null, string | null | undefined, string | null>
  strategy: ColumnType<StoredStrategy | null, string | null | undefined, string | null>
  /** A wish beside its state: another leg failed. */
  cancel_requested: Generated<boolean>
  /** Its `if` held when the run was cancelled, by always() or cancelled(): it runs all the same. */
  despite_cancel: Generated<boolean>
  /** Why it was asked to stop, when it was not a leg that failed. */
  cancel_reason: string | null
  /** The job that called the workflow of this one; null for the run's own jobs. */
  caller_id: string | null
  /** `uses:` of a job that calls a workflow: no worker takes it. */
  calls: string | null
  /** Inputs of the called workflow, once it has begun. */
  call_inputs: ColumnType<
    Record<string, string | number | boolean> | null,
    string | null | undefined,
    string | null
  >
  /** The worker that it wants; null: any, or not known yet. */
  runs_on: ColumnType<StoredWish | null, string | null | undefined, string | null>
  /** When it was first found that no worker is the one that it wants. */
  no_worker_since: Date | null
  /** The environment that it names, once that is known. */
  environment: string | null
  environment_url: string | null
  /** Since when it is ready but for what its environment asks. */
  environment_since: Date | null
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
  /** Null: it ran before this was kept. */
  kind: 'run' | 'uses' | null
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

export interface AnnotationsTable {
  id: string
  job_id: string
  attempt: number
  step: number
  level: 'notice' | 'warning' | 'error'
  message: string
  title: string | null
  file: string | null
  line: number | null
  end_line: number | null
  col: number | null
  end_column: number | null
  created_at: Stamped
}

export interface StepSummariesTable {
  job_id: string
  attempt: number
  step: number
  text: string
}

export interface ArtifactsTable {
  id: string
  run_id: string
  name: string
  blob_key: string
  size_bytes: number
  file_count: number
  sha256: string
  /** What kind of archive it is; artifacts from before this was kept are compressed tar archives. */
  media_type: Generated<string>
  expires_at: Date
  created_at: Stamped
}
