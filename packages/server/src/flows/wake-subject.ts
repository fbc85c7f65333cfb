import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { findDeployment } from '../db/deployments.ts'
import { findProject } from '../db/projects.ts'
import { pullRequestByChange } from '../db/pull-requests.ts'
import type { RunRow } from '../db/state-of.ts'
import type { FlowDeps } from './deps.ts'
import { reportChecks } from './events/report-checks.ts'

/** Tells whatever a run was for that it has ended: its change, or its deployment's environment. */
export async function wakeSubject(deps: FlowDeps, run: RunRow): Promise<void> {
  const deploymentId = run.subject['deploymentId']
  if (typeof deploymentId === 'string') {
    const deployment = await findDeployment(deps.db, deploymentId)
    if (deployment) {
      await deps.queue.send(deps.db, 'advance-deployments', { environmentId: deployment.environment_id })
    }
  }
  // For people who look: the gate asks again by itself.
  if (run.change_id && run.kind === 'event') await showChecks(deps, run.change_id)
  if (run.change_id) await deps.queue.send(deps.db, 'advance-change', { changeId: run.change_id })
}

async function showChecks(deps: FlowDeps, changeId: string): Promise<void> {
  const pullRequest = await pullRequestByChange(deps.db, changeId)
  const project = pullRequest && (await findProject(deps.db, pullRequest.project_id))
  if (!pullRequest || !project) return
  const required = ProjectSettings.parse(project.settings).validation.requiredChecks
  await reportChecks(deps.db, { pullRequest, required })
}
