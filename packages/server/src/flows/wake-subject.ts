import { findDeployment } from '../db/deployments.ts'
import type { RunRow } from '../db/state-of.ts'
import type { FlowDeps } from './deps.ts'

/** Tells whatever a run was for that it has ended: its change, or its deployment's environment. */
export async function wakeSubject(deps: FlowDeps, run: RunRow): Promise<void> {
  const deploymentId = run.subject['deploymentId']
  if (typeof deploymentId === 'string') {
    const deployment = await findDeployment(deps.db, deploymentId)
    if (deployment) {
      await deps.queue.send(deps.db, 'advance-deployments', { environmentId: deployment.environment_id })
    }
  }
  if (run.change_id) await deps.queue.send(deps.db, 'advance-change', { changeId: run.change_id })
}
