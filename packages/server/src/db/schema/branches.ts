export interface BranchesTable {
  project_id: string
  name: string
  head_commit: string
}

export interface PushesTable {
  id: string
  project_id: string
  started_at: Date
}
