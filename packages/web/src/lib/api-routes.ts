import type { RouteName, Routes } from '@signalbox/core/contract/routes.ts'

/**
 * Method and path of every route, typed as exactly those of the contract. The contract itself is only a type
 * here: importing it would put zod and every schema into the first load.
 */
export const apiRoutes: { [N in RouteName]: Pick<Routes[N], 'method' | 'path'> } = {
  health: { method: 'GET', path: '/health' },
  createSession: { method: 'POST', path: '/api/session' },
  getSession: { method: 'GET', path: '/api/session' },
  deleteSession: { method: 'DELETE', path: '/api/session' },
  createLoginToken: { method: 'POST', path: '/api/login-tokens' },
  getSystem: { method: 'GET', path: '/api/system' },
  listProjects: { method: 'GET', path: '/api/projects' },
  createProject: { method: 'POST', path: '/api/projects' },
  getProject: { method: 'GET', path: '/api/projects/:project' },
  updateProject: { method: 'PATCH', path: '/api/projects/:project' },
  deleteProject: { method: 'DELETE', path: '/api/projects/:project' },
  getValidationWorkflow: { method: 'GET', path: '/api/projects/:project/validation-workflow' },
  createChange: { method: 'POST', path: '/api/projects/:project/changes' },
  listChanges: { method: 'GET', path: '/api/changes' },
  getChange: { method: 'GET', path: '/api/changes/:change' },
  getChangeDiff: { method: 'GET', path: '/api/changes/:change/diff' },
  sendMessage: { method: 'POST', path: '/api/changes/:change/messages' },
  decidePlan: { method: 'POST', path: '/api/changes/:change/plan' },
  approveChange: { method: 'POST', path: '/api/changes/:change/approve' },
  mergeChange: { method: 'POST', path: '/api/changes/:change/merge' },
  retryChange: { method: 'POST', path: '/api/changes/:change/retry' },
  cancelChange: { method: 'POST', path: '/api/changes/:change/cancel' },
  listRuns: { method: 'GET', path: '/api/runs' },
  createRun: { method: 'POST', path: '/api/projects/:project/runs' },
  getRun: { method: 'GET', path: '/api/runs/:run' },
  cancelRun: { method: 'POST', path: '/api/runs/:run/cancel' },
  getJobLog: { method: 'GET', path: '/api/jobs/:job/log' },
  listEgress: { method: 'GET', path: '/api/jobs/:job/egress' },
  listDeployments: { method: 'GET', path: '/api/projects/:project/deployments' },
  createDeployment: { method: 'POST', path: '/api/projects/:project/deployments' },
  getDeployment: { method: 'GET', path: '/api/deployments/:deployment' },
  rollbackTo: { method: 'POST', path: '/api/deployments/:deployment/rollback' },
  getReleaseOutput: { method: 'GET', path: '/api/deployments/:deployment/output' },
}
