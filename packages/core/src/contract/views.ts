import { z } from 'zod'
import { responseTypes } from '../domain/agent-run.ts'
import { conclusions } from '../domain/status.ts'
import { stages } from '../domain/strip.ts'
import { ProjectSettings } from './settings.ts'

/** Times on the wire are ISO 8601 in UTC; ids are UUIDs. */
const time = z.iso.datetime()
const id = z.uuid()

export const Signal = z.object({
  stage: z.enum(stages),
  lamp: z.enum(['off', 'skipped', 'moving', 'clear', 'waiting', 'stopped']),
})

export const ChangeStatus = z.enum([
  'working',
  'validating',
  'fixing',
  'waiting',
  'merging',
  'deploying',
  'completed',
])
export const ChangeConclusion = z.enum([
  'deployed',
  'merged',
  'answered',
  'rolled_back',
  'deploy_failed',
  'rejected',
  'cancelled',
])

/** A change as lists show it. */
export const ChangeSummary = z.object({
  id,
  number: z.int(),
  projectId: id,
  projectSlug: z.string(),
  title: z.string(),
  status: ChangeStatus,
  conclusion: ChangeConclusion.nullable(),
  waitingFor: z.enum(['plan', 'merge', 'approval', 'help']).nullable(),
  reason: z.string().nullable(),
  strip: z.array(Signal),
  createdAt: time,
  updatedAt: time,
})
export type ChangeSummary = z.infer<typeof ChangeSummary>

export const DeploymentView = z.object({
  id,
  projectId: id,
  changeId: id.nullable(),
  runId: id.nullable(),
  environment: z.string(),
  commit: z.string(),
  trigger: z.enum(['merge', 'manual', 'rollback']),
  status: z.enum(['queued', 'starting', 'checking', 'watching', 'completed']),
  conclusion: z.enum(['live', 'failed', 'rolled_back', 'superseded', 'cancelled']).nullable(),
  reason: z.string().nullable(),
  /** Running now, kept and startable, or gone. */
  release: z.enum(['none', 'running', 'stopped', 'removed']),
  live: z.boolean(),
  url: z.string().nullable(),
  health: z.object({ healthy: z.boolean(), detail: z.string(), at: time }).nullable(),
  createdAt: time,
  liveAt: time.nullable(),
  completedAt: time.nullable(),
})
export type DeploymentView = z.infer<typeof DeploymentView>

/** A project as its card shows it. */
export const ProjectCard = z.object({
  id,
  slug: z.string(),
  name: z.string(),
  forge: z.literal('local'),
  sample: z.boolean(),
  defaultBranch: z.string(),
  /** Undefined commit: the repository is empty. */
  headCommit: z.string().nullable(),
  openChanges: z.int(),
  newestChange: ChangeSummary.nullable(),
  live: DeploymentView.nullable(),
  /** Newest completed validations, oldest first: whether each was green. */
  recentValidations: z.array(z.boolean()),
})
export type ProjectCard = z.infer<typeof ProjectCard>

export const ProjectDetail = ProjectCard.extend({
  originUrl: z.string().nullable(),
  sync: z.boolean(),
  /** What keeps the project and its origin apart, when something does. */
  syncProblem: z.string().nullable(),
  settings: ProjectSettings,
  /** Suggested goals of the sample's script; empty elsewhere. */
  exampleGoals: z.array(z.string()),
  cloneUrl: z.string(),
  fence: z.int(),
})
export type ProjectDetail = z.infer<typeof ProjectDetail>

export const StepView = z.object({
  number: z.int(),
  name: z.string(),
  status: z.enum(['queued', 'in_progress', 'completed']),
  outcome: z.enum(conclusions).nullable(),
  conclusion: z.enum(conclusions).nullable(),
  exitCode: z.int().nullable(),
  reason: z.string().nullable(),
  startedAt: time.nullable(),
  completedAt: time.nullable(),
})
export type StepView = z.infer<typeof StepView>

export const JobView = z.object({
  id,
  key: z.string(),
  name: z.string(),
  needs: z.array(z.string()),
  status: z.enum(['queued', 'in_progress', 'completed']),
  conclusion: z.enum(conclusions).nullable(),
  attempt: z.int(),
  reason: z.string().nullable(),
  startedAt: time.nullable(),
  completedAt: time.nullable(),
  steps: z.array(StepView),
})
export type JobView = z.infer<typeof JobView>

export const RunKind = z.enum(['agent', 'validation', 'deploy', 'manual'])

export const RunSummary = z.object({
  id,
  number: z.int(),
  projectId: id,
  projectSlug: z.string(),
  changeId: id.nullable(),
  kind: RunKind,
  name: z.string(),
  commit: z.string(),
  ref: z.string(),
  status: z.enum(['queued', 'in_progress', 'completed']),
  conclusion: z.enum(conclusions).nullable(),
  reason: z.string().nullable(),
  createdAt: time,
  startedAt: time.nullable(),
  completedAt: time.nullable(),
})
export type RunSummary = z.infer<typeof RunSummary>

export const RunDetail = RunSummary.extend({
  workflowFile: z.string(),
  workflowText: z.string(),
  workflowSource: z.enum(['generated', 'repository']),
  jobs: z.array(JobView),
})
export type RunDetail = z.infer<typeof RunDetail>

/** A line of a job's log. `n` counts from 1 within the attempt of the job and is the cursor. */
export const LogLineView = z.object({
  n: z.int(),
  step: z.int(),
  at: z.number(),
  stream: z.enum(['stdout', 'stderr', 'system']),
  text: z.string(),
})
export type LogLineView = z.infer<typeof LogLineView>

export const LogPage = z.object({
  attempt: z.int(),
  lines: z.array(LogLineView),
  /** More lines stand after the last one now. */
  more: z.boolean(),
  /** No further line will come for this attempt. */
  complete: z.boolean(),
})
export type LogPage = z.infer<typeof LogPage>

export const EgressRequest = z.object({
  at: time,
  host: z.string(),
  port: z.int(),
  method: z.string(),
  allowed: z.boolean(),
  reason: z.string(),
  bytesUp: z.int(),
  bytesDown: z.int(),
  durationMs: z.number(),
})
export type EgressRequest = z.infer<typeof EgressRequest>

export const GateReason = z.object({
  name: z.string(),
  state: z.enum(['green', 'red', 'waiting']),
  text: z.string(),
})

export const Check = z.object({
  name: z.string(),
  conclusion: z.enum(conclusions),
  summary: z.string(),
  runId: id.nullable(),
  commit: z.string(),
})
export type Check = z.infer<typeof Check>

export const PullRequestView = z.object({
  number: z.int(),
  title: z.string(),
  state: z.enum(['open', 'merged', 'closed']),
  headBranch: z.string(),
  headCommit: z.string(),
  baseBranch: z.string(),
  baseCommit: z.string(),
  /** The commit that is validated and would land, and its tree. */
  mergeCommit: z.string().nullable(),
  mergeTree: z.string().nullable(),
  landedCommit: z.string().nullable(),
  checks: z.array(Check),
})
export type PullRequestView = z.infer<typeof PullRequestView>

/** What failed, cut to what matters: the same text that the agent is given. */
export const EvidenceView = z.object({
  runId: id,
  conclusion: z.enum(conclusions),
  fingerprint: z.string().nullable(),
  summary: z.string(),
  failingStep: z.string().nullable(),
  exitCode: z.int().nullable(),
  excerpt: z.string(),
  createdAt: time,
})
export type EvidenceView = z.infer<typeof EvidenceView>

/** One entry of a conversation: a prompt of a person or the platform, or an event of the agent. */
export const ConversationEntry = z.object({
  turn: z.int(),
  seq: z.int(),
  at: time,
  role: z.enum(['person', 'platform', 'agent']),
  kind: z.enum(['message', 'tool_call', 'tool_result', 'output', 'plan', 'usage', 'prompt', 'end']),
  text: z.string(),
  data: z.record(z.string(), z.unknown()),
})
export type ConversationEntry = z.infer<typeof ConversationEntry>

export const AgentRunView = z.object({
  id,
  driver: z.string(),
  label: z.string(),
  scripted: z.boolean(),
  status: z.enum(['queued', 'in_progress', 'idle', 'completed']),
  conclusion: z.enum(['success', 'failure', 'cancelled']).nullable(),
  responseType: z.enum(responseTypes).nullable(),
  turn: z.int(),
  conversation: z.array(ConversationEntry),
})
export type AgentRunView = z.infer<typeof AgentRunView>

/** What a person may do with the change now; the reason when not. */
export const Verb = z.object({
  verb: z.enum(['confirm', 'change_plan', 'reject', 'message', 'approve', 'merge', 'retry', 'cancel']),
  allowed: z.boolean(),
})

export const ChangeDetail = ChangeSummary.extend({
  goal: z.string(),
  fixAttempts: z.int(),
  maxFixAttempts: z.int(),
  retryAt: time.nullable(),
  agentRun: AgentRunView.nullable(),
  pullRequest: PullRequestView.nullable(),
  runs: z.array(RunSummary),
  evidence: z.array(EvidenceView),
  gate: z
    .object({
      decision: z.enum(['merge', 'wait', 'blocked']),
      waitingFor: z.enum(['approval', 'merge']).nullable(),
      reasons: z.array(GateReason),
    })
    .nullable(),
  deployment: DeploymentView.nullable(),
  verbs: z.array(Verb),
})
export type ChangeDetail = z.infer<typeof ChangeDetail>

export const Enforcement = z.object({ enforced: z.boolean(), how: z.string() })

export const SandboxCapabilities = z.object({
  provider: z.string(),
  available: z.boolean(),
  reason: z.string().optional(),
  version: z.string().optional(),
  memory: Enforcement,
  pids: Enforcement,
  cpu: Enforcement,
  disk: Enforcement,
  network: Enforcement,
  ownUser: Enforcement,
  overlay: Enforcement,
})

const PartHealth = z.object({ status: z.enum(['ok', 'degraded', 'down']), detail: z.string() })

export const Health = z.object({
  status: z.enum(['ok', 'degraded', 'down']),
  version: z.string(),
  database: PartHealth,
  queue: PartHealth,
  worker: PartHealth,
  ingress: PartHealth,
})
export type Health = z.infer<typeof Health>

export const WorkerView = z.object({
  id,
  name: z.string(),
  pid: z.int(),
  slots: z.int(),
  alive: z.boolean(),
  startedAt: time,
  heartbeatAt: time,
  sandbox: z.array(SandboxCapabilities),
})

export const SystemView = z.object({
  version: z.string(),
  node: z.string(),
  dataDir: z.string(),
  startedAt: time,
  health: Health,
  databaseVersion: z.string(),
  databaseKind: z.enum(['embedded', 'external']),
  workers: z.array(WorkerView),
  jobsQueued: z.int(),
  jobsInProgress: z.int(),
  ingressPort: z.int().nullable(),
  routes: z.array(
    z.object({ host: z.string(), releaseId: z.string(), requests: z.int(), errors: z.int(), open: z.int() }),
  ),
  limits: z.object({ maxConcurrentValidations: z.int(), autoCleanupHours: z.number() }),
})
export type SystemView = z.infer<typeof SystemView>

/** An event on the live channel. `id` is the cursor: pass it as `after` to go on from there. */
export const LiveEvent = z.object({
  id: z.int(),
  at: time,
  type: z.string(),
  projectId: id.nullable(),
  changeId: id.nullable(),
  runId: id.nullable(),
  jobId: id.nullable(),
  deploymentId: id.nullable(),
  data: z.record(z.string(), z.unknown()),
})
export type LiveEvent = z.infer<typeof LiveEvent>

/** RFC 9457, with our stable `code` and the next step as `hint`. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  hint: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof Problem>

export const DiagnosticView = z.object({
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  file: z.string(),
  start: z.object({ line: z.int(), column: z.int() }),
  end: z.object({ line: z.int(), column: z.int() }).optional(),
})

export const SessionView = z.object({
  user: z.object({ id, name: z.string(), role: z.enum(['owner']) }),
  /** Sent back as the header `x-csrf-token` with every write of a browser. */
  csrfToken: z.string(),
})
export type SessionView = z.infer<typeof SessionView>
