import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { madeWorkflowFiles, makeDeployWorkflow } from '@signalbox/core/workflow/make-workflows.ts'
import type { Transaction } from 'kysely'
import { findChange } from '../db/changes.ts'
import type { Queryable } from '../db/connect.ts'
import { findDeployment, insertDeployment, listDeployments, setDeploymentRun } from '../db/deployments.ts'
import {
  type EnvironmentRow,
  environmentsByProject,
  findEnvironment,
  insertEnvironment,
} from '../db/environments.ts'
import { findProject, type ProjectRow } from '../db/projects.ts'
import { findRun } from '../db/runs.ts'
import type { Database } from '../db/schema.ts'
import { moveDeployment } from '../db/state.ts'
import type { DeploymentRow } from '../db/state-of.ts'
import type { FlowDeps } from './deps.ts'
import { startRun } from './runs/start-run.ts'

export interface NewDeployment {
  id: string
  project: ProjectRow
  settings: ProjectSettings
  changeId: string | null
  commit: string
  trigger: DeploymentRow['trigger']
  /** The deployment whose kept release is to serve again. */
  rollbackOf: DeploymentRow | null
}

/** Of one part of a host name (RFC 1035). */
const maxLabel = 63

/** `sample.localhost` for production, `sample-staging.localhost` for the others: browsers resolve both to loopback. */
function hostOf(slug: string, environment: string): string {
  return environment === 'production' ? `${slug}.localhost` : `${slug}-${environment}.localhost`
}

/**
 * The environment of a project by its name, made when it is missing. Failures `invalid-settings` and
 * `name-taken` when its host name cannot be had: asked before anything lands or is saved.
 */
export async function ensureEnvironment(
  tx: Queryable,
  project: ProjectRow,
  name: string,
): Promise<EnvironmentRow> {
  const all = await environmentsByProject(tx, project.id)
  const known = all.find((environment) => environment.name === name)
  if (known) return known
  const host = hostOf(project.slug, name)
  if ((host.split('.')[0] ?? '').length > maxLabel) {
    throw new Failure('invalid-settings', `The host name ${host} is longer than ${maxLabel} characters.`, {
      hint: 'Give the environment a shorter name in the deployment settings.',
    })
  }
  const made = await insertEnvironment(tx, { id: newId(), project_id: project.id, name, host })
  if (!made) {
    throw new Failure('name-taken', `The host name ${host} belongs to another environment.`, {
      hint: 'Give the environment another name in the deployment settings.',
    })
  }
  return made
}

/** Stores a deployment in the caller's transaction and queues the environment's next decision. */
export async function insertDeploymentInside(
  deps: FlowDeps,
  tx: Transaction<Database>,
  input: NewDeployment,
): Promise<void> {
  const name = input.settings.deployment.environment
  const environment = await ensureEnvironment(tx, input.project, name)
  await insertDeployment(tx, {
    id: input.id,
    project_id: input.project.id,
    environment_id: environment.id,
    change_id: input.changeId,
    run_id: null,
    previous_deployment_id: null,
    commit_id: input.commit,
    trigger: input.trigger,
    rollback_of: input.rollbackOf?.id ?? null,
    release_spec: input.rollbackOf?.release_spec,
  })
  await deps.queue.send(tx, 'advance-deployments', { environmentId: environment.id })
}

/**
 * One deployment of an environment at a time, oldest first: starts the next one's run, and ends a
 * deployment whose run ended without saying how (build failed, cancelled, machine lost). Idempotent.
 */
export async function advanceDeployments(deps: FlowDeps, environmentId: string): Promise<void> {
  const all = await listDeployments(deps.db, { environmentId, limit: 100 })
  const open = all.filter((d) => d.status !== 'completed').sort((a, b) => (a.id < b.id ? -1 : 1))
  const [first] = open
  for (const done of all.slice(0, 20)) await wakeChange(deps, done)
  if (!first) return
  if (!first.run_id) return await startDeployRun(deps, first)
  const run = await findRun(deps.db, first.run_id)
  if (run?.status !== 'completed') return
  const reason = run.reason ?? `The run of the deployment ended as ${run.conclusion}.`
  const moved = await moveDeployment(deps.db, {
    id: first.id,
    fence: first.fence,
    event: { type: 'unhealthy', reason },
    now: deps.clock.now(),
  })
  if (moved.ok) await wakeChange(deps, moved.row)
  await deps.queue.send(deps.db, 'advance-deployments', { environmentId })
}

async function wakeChange(deps: FlowDeps, deployment: DeploymentRow): Promise<void> {
  if (!deployment.change_id || deployment.status !== 'completed') return
  const change = await findChange(deps.db, deployment.change_id)
  if (change?.status === 'deploying')
    await deps.queue.send(deps.db, 'advance-change', { changeId: deployment.change_id })
}

async function startDeployRun(deps: FlowDeps, deployment: DeploymentRow): Promise<void> {
  const project = await findProject(deps.db, deployment.project_id)
  if (!project) return
  const settings = ProjectSettings.parse(project.settings)
  const rollback = deployment.trigger === 'rollback'
  await deps.db.transaction().execute(async (tx) => {
    const runId = await startRun(deps, tx, {
      projectId: project.id,
      changeId: deployment.change_id,
      kind: 'deploy',
      name: rollback ? 'Roll back' : `Deploy to ${settings.deployment.environment}`,
      workflow: {
        file: madeWorkflowFiles.deploy,
        text: makeDeployWorkflow(settings.validation, {
          rollback,
          build: !rollback,
          watchSeconds: settings.deployment.watchSeconds,
        }),
        source: 'generated',
      },
      commit: deployment.commit_id,
      ref: `refs/heads/${project.default_branch}`,
      trusted: true,
      subject: { deploymentId: deployment.id },
    })
    const { id, fence } = deployment
    const taken = await setDeploymentRun(tx, { id, fence, runId })
    if (!taken) throw new Failure('stale', 'Another process started this deployment.', { retryable: true })
  })
}

/** Deploys the head of the default branch, as a person asks. */
export async function createDeployment(deps: FlowDeps, input: { projectId: string }): Promise<string> {
  const project = await findProject(deps.db, input.projectId)
  if (!project) throw new Failure('not-found', 'There is no such project.')
  const settings = ProjectSettings.parse(project.settings)
  if (settings.validation.startCommand === '') {
    throw new Failure('refused', 'This project has no start command, so there is nothing to deploy.', {
      hint: 'Set the start command, port and health check in the project’s validation settings.',
    })
  }
  const commit = await deps.forge.head(project.id, project.default_branch)
  if (!commit) throw new Failure('empty-repository', `The branch ${project.default_branch} has no commit.`)
  const id = newId()
  await deps.db.transaction().execute(async (tx) => {
    const input = {
      id,
      project,
      settings,
      changeId: null,
      commit,
      trigger: 'manual',
      rollbackOf: null,
    } as const
    await insertDeploymentInside(deps, tx, input)
  })
  return id
}

/** Sends the traffic back to a kept release, as a person asks: a deployment of its own. */
export async function rollbackTo(deps: FlowDeps, input: { deploymentId: string }): Promise<string> {
  const target = await findDeployment(deps.db, input.deploymentId)
  const project = target && (await findProject(deps.db, target.project_id))
  const environment = target && (await findEnvironment(deps.db, target.environment_id))
  if (!target || !project || !environment) throw new Failure('not-found', 'There is no such deployment.')
  if (!target.release_spec || target.release === 'removed' || target.release === 'none') {
    throw new Failure('refused', 'The release of this deployment is no longer kept.', {
      hint: 'Deploy its commit again instead.',
    })
  }
  if (target.conclusion !== 'live' && target.conclusion !== 'superseded') {
    throw new Failure('refused', 'This release never held out: it failed its health checks.', {
      hint: 'Choose one that was live, or deploy another commit.',
    })
  }
  if (environment.live_deployment_id === target.id) {
    throw new Failure('refused', 'This release is live already.')
  }
  const id = newId()
  const settings = ProjectSettings.parse(project.settings)
  await deps.db.transaction().execute(async (tx) => {
    await insertDeploymentInside(deps, tx, {
      id,
      project,
      settings: { ...settings, deployment: { ...settings.deployment, environment: environment.name } },
      changeId: null,
      commit: target.commit_id,
      trigger: 'rollback',
      rollbackOf: target,
    })
  })
  return id
}
