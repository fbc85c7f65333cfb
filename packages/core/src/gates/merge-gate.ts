import type { Conclusion } from '../domain/status.ts'

/** One reason of a gate, for a person: what was asked, and how it stands. */
export interface GateReason {
  name: string
  state: 'green' | 'red' | 'waiting'
  text: string
}

/** Everything that a merge is decided on; all of it read from the base commit or measured. */
export interface MergeFacts {
  /** Names from the project's settings. */
  requiredChecks: string[]
  /** Results for the very commit that would land. */
  checks: { name: string; conclusion: Conclusion; summary: string; excused?: boolean }[]
  /** Files of the change that hold workflows, gates or policy. */
  policyFiles: string[]
  headCommit: string
  /** The head commit for which a person approved edits of policy. */
  approvedCommit: string | null
  autoMerge: boolean
  /** A person asked for this merge. */
  mergeRequested: boolean
}

export interface MergeDecision {
  decision: 'merge' | 'wait' | 'blocked'
  waitingFor: 'approval' | 'merge' | null
  reasons: GateReason[]
}

/** May this land? Pure; every reason is given, green ones too, so that a person can follow it. */
export function decideMerge(facts: MergeFacts): MergeDecision {
  const checks = facts.requiredChecks.map((name) => checkReason(name, facts))
  const policy = policyReason(facts)
  const permission = permissionReason(facts)
  const reasons = [...checks, policy, permission]
  if (checks.some((reason) => reason.state !== 'green')) {
    return { decision: 'blocked', waitingFor: null, reasons }
  }
  if (policy.state === 'waiting') return { decision: 'wait', waitingFor: 'approval', reasons }
  if (permission.state === 'waiting') return { decision: 'wait', waitingFor: 'merge', reasons }
  return { decision: 'merge', waitingFor: null, reasons }
}

function checkReason(name: string, facts: MergeFacts): GateReason {
  const check = facts.checks.find((candidate) => candidate.name === name)
  if (!check) return { name, state: 'waiting', text: `The required check "${name}" has no result yet.` }
  // Skipped by a filter of its workflow it is satisfied; by a condition, which a change may influence, it is not.
  const passed = check.conclusion === 'success' || check.conclusion === 'neutral' || check.excused === true
  return {
    name,
    state: passed ? 'green' : 'red',
    text: check.summary || `The check "${name}" ended as ${check.conclusion}.`,
  }
}

function policyReason(facts: MergeFacts): GateReason {
  const name = 'policy unchanged'
  if (facts.policyFiles.length === 0) {
    return { name, state: 'green', text: 'It edits no workflow, gate or policy.' }
  }
  const files = facts.policyFiles.join(', ')
  if (facts.approvedCommit === facts.headCommit) {
    return { name, state: 'green', text: `A person approved its edits of ${files}.` }
  }
  return { name, state: 'waiting', text: `It edits ${files}; a person must approve that.` }
}

function permissionReason(facts: MergeFacts): GateReason {
  const name = 'permission to merge'
  if (facts.autoMerge) return { name, state: 'green', text: 'Auto-merge is on for this project.' }
  if (facts.mergeRequested) return { name, state: 'green', text: 'A person asked to merge it.' }
  return { name, state: 'waiting', text: 'Auto-merge is off: a person presses Merge.' }
}

/** A folder's own name counts too: a link in its place would bring everything below it from elsewhere. */
const policyPaths = [/^\.github(\/(workflows|actions)(\/|$)|$)/i, /^\.signalbox(\/|$)/i, /^\.gitmodules$/i]

/** The paths among these that hold workflows, gates or policy (case-insensitive, as some file systems are). */
export function policyFilesIn(paths: string[]): string[] {
  return paths.filter((path) => policyPaths.some((pattern) => pattern.test(path)))
}
