import { Failure } from '@signalbox/core/base/failure.ts'
import { findDeployment, listDeployments } from '../db/deployments.ts'
import { environmentsByProject } from '../db/environments.ts'
import type { DeploymentRow } from '../db/state-of.ts'
import type { Handlers } from './handlers.ts'
import { mustFindProject } from './project-handlers.ts'
import { readDeployment } from './read-change.ts'
import type { ServerDeps } from './server-deps.ts'
import { deploymentView } from './views/deployment-view.ts'

type DeploymentHandlers = Pick<
  Handlers,
  'listDeployments' | 'createDeployment' | 'getDeployment' | 'rollbackTo' | 'getReleaseOutput'
>

const maxListed = 100
const maxOutputBytes = 256 * 1024

async function mustFindDeployment(deps: ServerDeps, id: string): Promise<DeploymentRow> {
  const deployment = await findDeployment(deps.db, id)
  if (deployment) return deployment
  throw new Failure('not-found', 'There is no such deployment.')
}

/** Deployments, rollback and what a release prints. */
export function deploymentHandlers(deps: ServerDeps): DeploymentHandlers {
  const show = async (id: string) => readDeployment(deps, await mustFindDeployment(deps, id))
  return {
    async listDeployments({ params }) {
      const project = await mustFindProject(deps, params.project)
      const [rows, environments] = await Promise.all([
        listDeployments(deps.db, { projectId: project.id, limit: maxListed }),
        environmentsByProject(deps.db, project.id),
      ])
      const byId = new Map(environments.map((environment) => [environment.id, environment]))
      const { ingressPort } = deps.config
      const items = rows.map((row) =>
        deploymentView(row, { environment: byId.get(row.environment_id), ingressPort }),
      )
      return { items }
    },
    async createDeployment({ params }, { actor }) {
      const project = await mustFindProject(deps, params.project)
      const { deploymentId } = await deps.flows.createDeployment({ projectId: project.id }, actor)
      return show(deploymentId)
    },
    async getDeployment({ params }) {
      return show(params.deployment)
    },
    async rollbackTo({ params }, { actor }) {
      const kept = await mustFindDeployment(deps, params.deployment)
      const { deploymentId } = await deps.flows.rollbackTo({ deploymentId: kept.id }, actor)
      return show(deploymentId)
    },
    async getReleaseOutput({ params }) {
      const deployment = await mustFindDeployment(deps, params.deployment)
      if (deployment.release === 'none' || deployment.release === 'removed') return { text: '' }
      return { text: await deps.releaseOutput(deployment.id, maxOutputBytes) }
    },
  }
}
