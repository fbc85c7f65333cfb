import type { ChangeConclusion, ChangeStatus, WaitingFor } from '@signalbox/core/domain/change.ts'
import type { Conclusion } from '@signalbox/core/domain/status.ts'
import type { Generated } from 'kysely'
import type { Fence, Stamped } from './columns.ts'

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
  branch_deleted: Generated<boolean>
  created_at: Stamped
  merged_at: Date | null
}

export interface ChecksTable {
  pull_request_id: string
  commit_id: string
  name: string
  conclusion: Conclusion
  summary: string
  run_id: string | null
  created_at: Stamped
  /** No workflow had to make it: their filters say so. */
  excused: Generated<boolean>
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
