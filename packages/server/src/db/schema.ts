import type {
  AgentEventsTable,
  AgentQuestionsTable,
  AgentRunsTable,
  AgentSessionsTable,
} from './schema/agents.ts'
import type { AuditLogTable } from './schema/audit.ts'
import type { BranchesTable, PushesTable } from './schema/branches.ts'
import type { ChangesTable, ChecksTable, EvidenceTable, PullRequestsTable } from './schema/changes.ts'
import type { ReviewCommentsTable } from './schema/comments.ts'
import type { DeploymentsTable } from './schema/deployments.ts'
import type {
  NotificationCursorTable,
  NotificationPreferencesTable,
  NotificationsTable,
} from './schema/inbox.ts'
import type { OccurrencesTable } from './schema/occurrences.ts'
import type {
  AccountsTable,
  ApiTokensTable,
  LoginTokensTable,
  MembersTable,
  PasskeysTable,
  SessionsTable,
  SignInAttemptsTable,
  SigningKeysTable,
  TwoFactorsTable,
  UsersTable,
  VerificationsTable,
} from './schema/people.ts'
import type { EnvironmentsTable, ProjectsTable } from './schema/projects.ts'
import type {
  AnnotationsTable,
  ArtifactsTable,
  EgressRequestsTable,
  EnvironmentReviewsTable,
  GroupMembersTable,
  JobsTable,
  LogChunksTable,
  RunsTable,
  StepSummariesTable,
  StepsTable,
} from './schema/runs.ts'
import type { SchedulesTable } from './schema/schedules.ts'
import type {
  LogBlobsTable,
  MasterKeysTable,
  OldSecretsTable,
  SecretsTable,
  VariablesTable,
} from './schema/secrets.ts'
import type { CachesTable, OidcKeysTable } from './schema/services.ts'
import type { ShellsTable, SnapshotLeasesTable, SnapshotsTable } from './schema/snapshots.ts'
import type { EventsTable, RetentionTable, WorkersTable } from './schema/system.ts'

/** Every table of the database, as migrations leave it (schema.golden.sql). */
export interface Database {
  users: UsersTable
  login_tokens: LoginTokensTable
  sessions: SessionsTable
  accounts: AccountsTable
  passkeys: PasskeysTable
  two_factors: TwoFactorsTable
  verifications: VerificationsTable
  signing_keys: SigningKeysTable
  sign_in_attempts: SignInAttemptsTable
  api_tokens: ApiTokensTable
  members: MembersTable
  projects: ProjectsTable
  branches: BranchesTable
  pushes: PushesTable
  occurrences: OccurrencesTable
  schedules: SchedulesTable
  environments: EnvironmentsTable
  changes: ChangesTable
  pull_requests: PullRequestsTable
  review_comments: ReviewCommentsTable
  agent_runs: AgentRunsTable
  agent_events: AgentEventsTable
  agent_questions: AgentQuestionsTable
  agent_sessions: AgentSessionsTable
  runs: RunsTable
  jobs: JobsTable
  group_members: GroupMembersTable
  environment_reviews: EnvironmentReviewsTable
  steps: StepsTable
  log_chunks: LogChunksTable
  egress_requests: EgressRequestsTable
  annotations: AnnotationsTable
  step_summaries: StepSummariesTable
  artifacts: ArtifactsTable
  checks: ChecksTable
  evidence: EvidenceTable
  deployments: DeploymentsTable
  workers: WorkersTable
  retention: RetentionTable
  master_keys: MasterKeysTable
  secrets: SecretsTable
  old_secrets: OldSecretsTable
  variables: VariablesTable
  log_blobs: LogBlobsTable
  events: EventsTable
  audit_log: AuditLogTable
  notifications: NotificationsTable
  notification_cursor: NotificationCursorTable
  notification_preferences: NotificationPreferencesTable
  snapshots: SnapshotsTable
  snapshot_leases: SnapshotLeasesTable
  shells: ShellsTable
  caches: CachesTable
  oidc_keys: OidcKeysTable
}
