import type { Generated } from 'kysely'
import type { Fence, Json, Stamped } from './columns.ts'

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
  branches_known: Generated<boolean>
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
