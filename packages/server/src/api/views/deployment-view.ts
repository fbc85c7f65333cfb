import type { DeploymentView } from '@signalbox/core/contract/views/deployments.ts'
import type { DeploymentRow } from '../../db/state-of.ts'

/** Where a deployment goes: the environment, and the port at which the ingress serves its host. */
export interface DeploymentPlace {
  environment: { name: string; host: string; live_deployment_id: string | null } | undefined
  ingressPort: number
}

/** A deployment; only the one that has the traffic has an address. */
export function deploymentView(row: DeploymentRow, place: DeploymentPlace): DeploymentView {
  const { environment, ingressPort } = place
  const live = environment?.live_deployment_id === row.id
  return {
    id: row.id,
    projectId: row.project_id,
    changeId: row.change_id,
    runId: row.run_id,
    environment: environment?.name ?? '',
    commit: row.commit_id,
    trigger: row.trigger,
    status: row.status,
    conclusion: row.conclusion,
    reason: row.reason,
    release: row.release,
    live,
    url: live && environment ? `http://${environment.host}:${ingressPort}` : null,
    health: row.health,
    createdAt: row.created_at.toISOString(),
    liveAt: row.live_at?.toISOString() ?? null,
    completedAt: row.completed_at?.toISOString() ?? null,
  }
}
