import { Failure } from '@signalbox/core/base/failure.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { parseScript } from '@signalbox/engine/agent/scripted/script.ts'
import type { Flows } from '../api/flows-port.ts'
import { findProject } from '../db/projects.ts'
import { answerPermission } from './changes/answer-permission.ts'
import * as person from './changes/person.ts'
import { sendComments } from './changes/send-comments.ts'
import { createDeployment, rollbackTo } from './deployments.ts'
import type { FlowDeps } from './deps.ts'
import { dispatchEvent } from './events/dispatch-event.ts'
import { endPush, startPush } from './events/notice-push.ts'
import { readSchedules } from './events/schedules.ts'
import { createProject, deleteProject, updateProject } from './projects.ts'
import { createRun } from './runs/create-run.ts'
import { reviewEnvironment } from './runs/environment-rules.ts'
import { listWorkflows } from './runs/list-workflows.ts'
import { rerunRun } from './runs/rerun-run.ts'
import { tryValidation } from './runs/try-validation.ts'
import { parseSource, validationSource } from './runs/workflow-source.ts'

/** The flows as the API asks for them. */
export function createFlows(deps: FlowDeps): Flows {
  return {
    createProject: (input) => createProject(deps, input),
    updateProject: (input) => updateProject(deps, input),
    deleteProject: (input) => deleteProject(deps, input),
    createChange: async (input, actor) => ({
      changeId: await person.createChange(deps, { ...input, userId: actor.userId }),
    }),
    sendMessage: (input) => person.sendMessage(deps, input),
    sendComments: (input) => sendComments(deps, input),
    decidePlan: (input) => person.decidePlan(deps, input),
    answerPermission: (input, actor) => answerPermission(deps, { ...input, userId: actor.userId }),
    approveChange: (input) => person.approveChange(deps, input),
    mergeChange: (input) => person.mergeChange(deps, input),
    retryChange: (input) => person.retryChange(deps, input),
    cancelChange: (input) => person.cancelChange(deps, input),
    startPush: (input) => startPush(deps, input.projectId, input.id),
    endPush: (input) => endPush(deps, input),
    createRun: (input) => createRun(deps, input),
    tryValidation: (input) => tryValidation(deps, input),
    rerunRun: (input) => rerunRun(deps, input),
    listWorkflows: (input) => listWorkflows(deps, input),
    reviewEnvironment: (input, actor) => reviewEnvironment(deps, { ...input, userId: actor.userId }),
    cancelRun: (input) => person.cancelRun(deps, input),
    dispatchEvent: (input, actor) => dispatchEvent(deps, { ...input, userId: actor.userId }),
    readSchedules: async (input) => void (await readSchedules(deps, input.projectId)),
    createDeployment: async (input) => ({ deploymentId: await createDeployment(deps, input) }),
    rollbackTo: async (input) => ({ deploymentId: await rollbackTo(deps, input) }),
    validationWorkflow: (input) => validationWorkflow(deps, input.projectId),
    exampleGoals: (input) => exampleGoals(deps, input.projectId),
  }
}

async function read(deps: FlowDeps, projectId: string) {
  const project = await findProject(deps.db, projectId)
  if (!project) throw new Failure('not-found', 'There is no such project.')
  const commit = await deps.forge.head(project.id, project.default_branch)
  return { project, commit, settings: ProjectSettings.parse(project.settings) }
}

async function validationWorkflow(deps: FlowDeps, projectId: string) {
  const { commit, settings } = await read(deps, projectId)
  const source = await validationSource(deps.forge, projectId, commit, settings)
  return { ...source, diagnostics: parseSource(source).diagnostics }
}

async function exampleGoals(deps: FlowDeps, projectId: string): Promise<string[]> {
  const { commit, settings } = await read(deps, projectId)
  if (settings.agent.driver !== 'scripted' || !commit) return []
  const file = await deps.forge.readFile(projectId, commit, settings.agent.script, 1024 * 1024)
  const script = file && parseScript(file.text)
  return script?.ok ? script.script.goals.map((goal) => goal.title ?? goal.match) : []
}
