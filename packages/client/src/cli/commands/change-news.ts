import type { ConversationEntry } from '@signalbox/core/contract/views/agents.ts'
import type { ChangeDetail, EvidenceView } from '@signalbox/core/contract/views/changes.ts'
import type { Signal } from '@signalbox/core/domain/strip.ts'

/** One thing that became known about a change. */
export type News =
  | { kind: 'lamp'; signal: Signal }
  | { kind: 'entry'; entry: ConversationEntry }
  | { kind: 'pull_request'; number: number; branch: string }
  | { kind: 'evidence'; evidence: EvidenceView }
  | { kind: 'retry'; at: string; attempt: number; of: number }
  | { kind: 'landed'; commit: string }
  | {
      kind: 'deployment'
      status: string
      conclusion: string | null
      reason: string | null
      url: string | null
    }

const toldEntries: readonly ConversationEntry['kind'][] = [
  'message',
  'plan',
  'tool_call',
  'permission_request',
  'permission_answer',
]

/** What is new between two readings of a change, in the order in which a person wants to hear it. */
export function newsBetween(before: ChangeDetail | undefined, after: ChangeDetail): News[] {
  return [
    ...entries(before, after),
    ...pullRequest(before, after),
    ...evidence(before, after),
    ...retry(before, after),
    ...landed(before, after),
    ...deployment(before, after),
    ...lamps(before, after),
  ]
}

function lamps(before: ChangeDetail | undefined, after: ChangeDetail): News[] {
  const known = new Map(before?.strip.map((signal) => [signal.stage, signal.lamp]))
  return after.strip
    .filter(({ stage, lamp }) => lamp !== 'off' && lamp !== (known.get(stage) ?? 'off'))
    .map((signal) => ({ kind: 'lamp', signal }))
}

function entries(before: ChangeDetail | undefined, after: ChangeDetail): News[] {
  const key = (entry: ConversationEntry) => `${entry.turn}/${entry.seq}`
  const known = new Set(before?.agentRun?.conversation.map(key))
  return (after.agentRun?.conversation ?? [])
    .filter((entry) => !known.has(key(entry)) && toldEntries.includes(entry.kind) && entry.text.trim() !== '')
    .map((entry) => ({ kind: 'entry', entry }))
}

function pullRequest(before: ChangeDetail | undefined, after: ChangeDetail): News[] {
  if (!after.pullRequest || before?.pullRequest) return []
  return [{ kind: 'pull_request', number: after.pullRequest.number, branch: after.pullRequest.headBranch }]
}

function evidence(before: ChangeDetail | undefined, after: ChangeDetail): News[] {
  const known = new Set(before?.evidence.map((one) => one.runId))
  return after.evidence
    .filter((one) => !known.has(one.runId))
    .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
    .map((one) => ({ kind: 'evidence', evidence: one }))
}

function retry(before: ChangeDetail | undefined, after: ChangeDetail): News[] {
  if (after.retryAt === null || after.retryAt === before?.retryAt) return []
  return [{ kind: 'retry', at: after.retryAt, attempt: after.fixAttempts + 1, of: after.maxFixAttempts }]
}

function landed(before: ChangeDetail | undefined, after: ChangeDetail): News[] {
  const commit = after.pullRequest?.landedCommit
  return commit && !before?.pullRequest?.landedCommit ? [{ kind: 'landed', commit }] : []
}

function deployment(before: ChangeDetail | undefined, after: ChangeDetail): News[] {
  const [old, now] = [before?.deployment, after.deployment]
  if (!now || (old?.id === now.id && old.status === now.status && old.conclusion === now.conclusion))
    return []
  const { status, conclusion, reason, url } = now
  return [{ kind: 'deployment', status, conclusion, reason, url }]
}
