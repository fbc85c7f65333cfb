import type { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { ChangeDetail, EvidenceView, PullRequestView } from '@signalbox/core/contract/views/changes.ts'
import { decideMerge } from '@signalbox/core/gates/merge-gate.ts'
import type { CheckRow } from '../../db/checks.ts'
import type { EvidenceRow } from '../../db/evidence.ts'
import type { PullRequestRow } from '../../db/pull-requests.ts'
import type { ChangeRow } from '../../db/state-of.ts'

/** A pull request with its checks, newest first. */
export function pullRequestView(row: PullRequestRow, checks: CheckRow[]): PullRequestView {
  return {
    number: row.number,
    title: row.title,
    state: row.state,
    headBranch: row.head_branch,
    headCommit: row.head_commit,
    baseBranch: row.base_branch,
    baseCommit: row.base_commit,
    mergeCommit: row.merge_commit,
    mergeTree: row.merge_tree,
    landedCommit: row.landed_commit,
    branchDeleted: row.branch_deleted,
    checks: checks.map((check) => ({
      name: check.name,
      conclusion: check.conclusion,
      summary: check.summary,
      runId: check.run_id,
      commit: check.commit_id,
    })),
  }
}

/** What the gate says of the merge commit, as the rows stand now: the same function that lets it land. */
export function gateView(
  change: ChangeRow,
  pullRequest: PullRequestRow,
  more: { checks: CheckRow[]; settings: ProjectSettings },
): NonNullable<ChangeDetail['gate']> {
  return decideMerge({
    requiredChecks: more.settings.validation.requiredChecks,
    checks: more.checks.filter((check) => check.commit_id === pullRequest.merge_commit),
    policyFiles: pullRequest.policy_files,
    headCommit: pullRequest.head_commit,
    approvedCommit: change.approved_commit,
    autoMerge: more.settings.autoMerge,
    mergeRequested: change.merge_requested_commit === pullRequest.head_commit,
  })
}

/** What failed, as the agent is told. */
export function evidenceView(row: EvidenceRow): EvidenceView {
  return {
    runId: row.run_id,
    conclusion: row.conclusion,
    fingerprint: row.fingerprint,
    summary: row.summary,
    failingStep: row.failing_step,
    exitCode: row.exit_code,
    excerpt: row.excerpt,
    createdAt: row.created_at.toISOString(),
  }
}
