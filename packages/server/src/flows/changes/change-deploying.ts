import { findDeployment } from '../../db/deployments.ts'
import { type ChangeScene, move, type StageResult } from './change-scene.ts'

/** The deployment has its own flow; the change takes its end over. */
export async function advanceDeploying(scene: ChangeScene): Promise<StageResult> {
  const { deps, change } = scene
  const deployment = change.deployment_id ? await findDeployment(deps.db, change.deployment_id) : undefined
  if (!deployment) {
    return await move(scene, { type: 'deploy_failed', reason: 'Its deployment was deleted.' })
  }
  if (deployment.status !== 'completed') {
    await deps.queue.send(deps.db, 'advance-deployments', { environmentId: deployment.environment_id })
    return 'wait'
  }
  const reason = deployment.reason ?? `The deployment ended as ${deployment.conclusion}.`
  if (deployment.conclusion === 'live' || deployment.conclusion === 'superseded') {
    return await move(scene, { type: 'deployed' })
  }
  if (deployment.conclusion === 'rolled_back') {
    return await move(scene, { type: 'deploy_rolled_back', reason })
  }
  return await move(scene, { type: 'deploy_failed', reason })
}
