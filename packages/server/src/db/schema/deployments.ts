import type { DeploymentConclusion, DeploymentState } from '@signalbox/core/domain/deployment.ts'
import type { ColumnType, Generated } from 'kysely'
import type { Fence, Stamped } from './columns.ts'

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
