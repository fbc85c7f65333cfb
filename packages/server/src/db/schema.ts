import type { AgentRunState, ResponseType } from '@signalbox/core/domain/agent-run.ts'
import type { ChangeConclusion, ChangeStatus, WaitingFor } from '@signalbox/core/domain/change.ts'
import type { DeploymentConclusion, DeploymentState } from '@signalbox/core/domain/deployment.ts'
import type { Conclusion, Status } from '@signalbox/core/domain/status.ts'
import type { ColumnType, Generated } from 'kysely'

/** A timestamp that the database fills in when none is given. */
type Stamped = ColumnType<Date, Date | undefined, Date>
/** bigint comes back from the driver as a number: the parser is set in connect.ts, safe below 2^53. */
type Fence = ColumnType<number, number | undefined, number>
/** jsonb: read as a value, written as JSON text. */
type Json<T> = ColumnType<T, string, string>
type JsonDefault<T> = ColumnType<T, string | undefined, string>

export interface UsersTable {
  id: string
  name: string
  role: 'owner'
  created_at: Stamped
}

export interface LoginTokensTable {
  token_hash: Buffer
  user_id: string
  expires_at: Date
  used_at: Date | null
}

export interface SessionsTable {
  token_hash: Buffer
  user_id: string
  csrf_token: string
  user_agent: Generated<string>
  created_at: Stamped
  last_seen_at: Stamped
  expires_at: Date
}

export interface ApiTokensTable {
  id: string
  user_id: string
  name: string
  token_hash: Buffer
  created_at: Stamped
  last_used_at: Date | null
  revoked_at: Date | null
}

export interface ProjectsTable {
  id: string
  slug: string
  name: string
  origin_url: string | null
  sync: Generated<boolean>
  sync_problem: string | null
  sample: Generated<boolean>
  default_branch: string
  settings: Json<unknown>
  fence: Fence
  next_number: Generated<number>
  next_run_number: Generated<number>
  created_at: Stamped
}

export interface EnvironmentsTable {
  id: string
  project_id: string
  name: string
  host: string
  live_deployment_id: string | null
  fence: Fence
  created_at: Stamped
}

export interface ChangesTable {
  id: string
  project_id: string
  number: number
  title: string
  goal: string
  mode: Generated<'auto' | 'plan'>
  status: ChangeStatus
  conclusion: ChangeConclusion | null
  waiting_for: WaitingFor | null
  reason: string | null
  fix_attempts: Generated<number>
  fingerprints: Generated<string[]>
  retry_at: Date | null
  has_pull_request: Generated<boolean>
  approved_commit: string | null
  merge_requested: Generated<boolean>
  merge_requested_commit: string | null
  validation_run_id: string | null
  deployment_id: string | null
  fence: Fence
  created_by: string | null
  created_at: Stamped
  updated_at: Stamped
}

export interface PullRequestsTable {
  id: string
  project_id: string
  change_id: string
  number: number
  title: string
  state: Generated<'open' | 'merged' | 'closed'>
  head_branch: string
  head_commit: string
  base_branch: string
  base_commit: string
  merge_commit: string | null
  merge_tree: string | null
  landed_commit: string | null
  policy_files: Generated<string[]>
  created_at: Stamped
  merged_at: Date | null
}

export interface AgentRunsTable {
  id: string
  change_id: string
  driver: string
  status: AgentRunState['status']
  conclusion: AgentRunState['conclusion']
  turn: Generated<number>
  response_type: ResponseType | null
  fence: Fence
  created_at: Stamped
  updated_at: Stamped
}

export interface AgentEventsTable {
  agent_run_id: string
  turn: number
  seq: number
  at: Stamped
  role: 'person' | 'platform' | 'agent'
  kind: 'message' | 'tool_call' | 'tool_result' | 'output' | 'plan' | 'usage' | 'prompt' | 'end'
  body: string
  data: JsonDefault<Record<string, unknown>>
}

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

export interface ChecksTable {
  pull_request_id: string
  commit_id: string
  name: string
  conclusion: Conclusion
  summary: string
  run_id: string | null
  created_at: Stamped
}

export interface EvidenceTable {
  run_id: string
  change_id: string | null
  conclusion: Conclusion
  fingerprint: string | null
  summary: string
  failing_step: string | null
  exit_code: number | null
  excerpt: string
  created_at: Stamped
}

export interface DeploymentsTable {
  id: string
  project_id: string
  environment_id: string
  change_id: string | null
  run_id: string | null
  commit_id: string
  trigger: 'merge' | 'manual' | 'rollback'
  status: DeploymentState['status']
  conclusion: DeploymentConclusion | null
  reason: string | null
  release: Generated<'none' | 'running' | 'stopped' | 'removed'>
  release_spec: ColumnType<unknown, string | null | undefined, string | null>
  previous_deployment_id: string | null
  rollback_of: string | null
  health: ColumnType<
    { healthy: boolean; detail: string; at: string } | null,
    string | null | undefined,
    string | null
  >
  fence: Fence
  created_at: Stamped
  live_at: Date | null
  completed_at: Date | null
}

export interface WorkersTable {
  id: string
  name: string
  pid: number
  slots: number
  sandbox: JsonDefault<unknown[]>
  started_at: Stamped
  heartbeat_at: Stamped
  stopped_at: Date | null
}

export interface EventsTable {
  id: Generated<number>
  at: Stamped
  type: string
  project_id: string | null
  change_id: string | null
  run_id: string | null
  job_id: string | null
  deployment_id: string | null
  data: JsonDefault<Record<string, unknown>>
}

/** Every table of the database, as migrations leave it (schema.golden.sql). */
export interface Database {
  users: UsersTable
  login_tokens: LoginTokensTable
  sessions: SessionsTable
  api_tokens: ApiTokensTable
  projects: ProjectsTable
  environments: EnvironmentsTable
  changes: ChangesTable
  pull_requests: PullRequestsTable
  agent_runs: AgentRunsTable
  agent_events: AgentEventsTable
  runs: RunsTable
  jobs: JobsTable
  steps: StepsTable
  log_chunks: LogChunksTable
  egress_requests: EgressRequestsTable
  checks: ChecksTable
  evidence: EvidenceTable
  deployments: DeploymentsTable
  workers: WorkersTable
  events: EventsTable
}
