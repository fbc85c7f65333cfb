import { z } from 'zod'
import { DeploymentView } from '../views/deployments.ts'
import { deploymentId, project, type Route } from './route.ts'

export const deploymentsRoutes = {
  listDeployments: {
    method: 'GET',
    path: '/api/projects/:project/deployments',
    permission: 'deployment.read',
    tag: 'deployments',
    summary: 'Deployments, newest first.',
    params: project,
    response: z.object({ items: z.array(DeploymentView) }),
  },
  createDeployment: {
    method: 'POST',
    path: '/api/projects/:project/deployments',
    permission: 'deployment.write',
    tag: 'deployments',
    summary: 'Deploy the head of the default branch.',
    params: project,
    response: DeploymentView,
  },
  getDeployment: {
    method: 'GET',
    path: '/api/deployments/:deployment',
    permission: 'deployment.read',
    tag: 'deployments',
    summary: 'One deployment.',
    params: deploymentId,
    response: DeploymentView,
  },
  rollbackTo: {
    method: 'POST',
    path: '/api/deployments/:deployment/rollback',
    permission: 'deployment.write',
    tag: 'deployments',
    summary: 'Send the traffic back to this kept release.',
    params: deploymentId,
    response: DeploymentView,
  },
  getReleaseOutput: {
    method: 'GET',
    path: '/api/deployments/:deployment/output',
    permission: 'deployment.read',
    tag: 'deployments',
    summary: 'The last output of the release.',
    params: deploymentId,
    response: z.object({ text: z.string() }),
  },
} as const satisfies Record<string, Route>
