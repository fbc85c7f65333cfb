import { z } from 'zod'
import { conclusions } from '../../domain/status.ts'
import { stages } from '../../domain/strip.ts'
import { AgentRunView } from './agents.ts'
import { DeploymentView } from './deployments.ts'
import { RunSummary } from './runs.ts'
import { id, time } from './wire.ts'

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
  /** `permission`: the agent works and asks; everything else is the change itself that waits. */
  waitingFor: z.enum(['plan', 'merge', 'approval', 'help', 'permission']).nullable(),
  reason: z.string().nullable(),
  strip: z.array(Signal),
  createdAt: time,
  updatedAt: time,
})
export type ChangeSummary = z.infer<typeof ChangeSummary>

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
  /** The head branch went after the merge; `headCommit` is where it stood. */
  branchDeleted: z.boolean(),
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

/** What a person may do with the change now; the reason when not. */
export const Verb = z.object({
  verb: z.enum([
    'confirm',
    'change_plan',
    'reject',
    'answer',
    'message',
    'approve',
    'merge',
    'retry',
    'cancel',
  ]),
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
