import { stat } from 'node:fs/promises'
import { Failure } from '@signalbox/core/base/failure.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { type CallScene, sceneAt } from '@signalbox/core/plan/call-scene.ts'
import { grantsIdToken } from '@signalbox/core/plan/grants-id-token.ts'
import type { CallPath } from '@signalbox/core/plan/job-state.ts'
import { needsOfJob } from '@signalbox/core/plan/plan-jobs.ts'
import type { ActionsLock } from '@signalbox/core/workflow/actions-lock.ts'
import { makeDeployWorkflow } from '@signalbox/core/workflow/make-workflows.ts'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import { refsBelow } from '@signalbox/engine/actions/source-refs.ts'
import type { JobRequest, SourceRef } from '@signalbox/engine/job/port.ts'
import type { Limits } from '@signalbox/engine/sandbox/port.ts'
import { findDeployment } from '../db/deployments.ts'
import { findEnvironment } from '../db/environments.ts'
import { jobsByRun } from '../db/jobs.ts'
import type { ProjectRow } from '../db/projects.ts'
import type { JobRow, RunRow } from '../db/state-of.ts'
import { variablesFor } from '../db/variables.ts'
import { callsOf, githubContextOf, legOf, plannedStates } from '../flows/runs/run-context.ts'
import { errorsOf, parseRun, parseSource, readLockText } from '../flows/runs/workflow-source.ts'
import type { SecretPlace } from '../secrets/vault.ts'
import type { WorkerDeps } from './deps.ts'
import { secretsNamedIn } from './secrets-named.ts'
import { restoreInstall } from './snapshots/restore-install.ts'

const mebibyte = 1024 * 1024

/** A project's limits in the sandbox port's units. */
export function limitsOf(settings: ProjectSettings): Limits {
  const { memoryMb, pids, cpus, diskMb } = settings.sandbox
  return { memoryBytes: memoryMb * mebibyte, pids, cpus, diskBytes: diskMb * mebibyte }
}

/**
 * A deployment whose release is sealed already is not built again when its worker was lost: the new attempt
 * goes on with the release, which may have the traffic and needs its watch.
 */
async function textOfRetakenDeploy(
  deps: WorkerDeps,
  run: RunRow,
  settings: ProjectSettings,
): Promise<string | undefined> {
  const id = run.subject['deploymentId']
  const deployment = typeof id === 'string' ? await findDeployment(deps.db, id) : undefined
  if (!deployment?.release_spec || run.workflow_source !== 'generated') return undefined
  const rollback = deployment.trigger === 'rollback'
  const { watchSeconds } = settings.deployment
  return makeDeployWorkflow(settings.validation, { rollback, build: false, watchSeconds })
}

/** The environment that the run deploys to; empty for all other runs. */
export async function environmentOf(deps: Pick<WorkerDeps, 'db'>, run: RunRow): Promise<string> {
  const id = run.subject['deploymentId']
  const deployment = typeof id === 'string' ? await findDeployment(deps.db, id) : undefined
  const environment = deployment && (await findEnvironment(deps.db, deployment.environment_id))
  return environment?.name ?? ''
}

/**
 * The secrets that the workflow names, and none for a run that no trusted person or branch began: what an agent
 * or a stranger wrote could print them.
 */
async function secretsOf(
  deps: WorkerDeps,
  run: RunRow,
  place: SecretPlace,
  texts: string[],
): Promise<Record<string, string>> {
  if (!run.trusted || run.kind === 'agent') return {}
  const named = secretsNamedIn(texts.join('\n'))
  if (named !== 'all' && named.size === 0) return {}
  return await deps.vault.open(place, { wants: (name) => named === 'all' || named.has(name) })
}

/** The texts of the workflows on the way to a job: a secret that none of them names cannot reach it. */
function textsOfChain(
  run: RunRow,
  root: Workflow,
  calls: CallPath = [],
  first = run.workflow_text,
): string[] {
  const texts = [first]
  let workflow: Workflow | undefined = root
  for (const { key } of calls) {
    workflow = workflow?.jobs.find((job) => job.key === key)?.call?.workflow
    texts.push((workflow && run.called_workflows[workflow.file]) ?? '')
  }
  return texts
}

/** Where agents are installed for the worker; nothing when there is no such folder. */
async function agentsFolder({ config }: WorkerDeps): Promise<{ toolsFolder: string } | undefined> {
  const found = await stat(config.agentsDir).catch(() => undefined)
  return found?.isDirectory() ? { toolsFolder: config.agentsDir } : undefined
}

/** Branches and tags by their names at the server. */
async function refsOf(deps: WorkerDeps, project: ProjectRow): Promise<SourceRef[]> {
  const below = await deps.fetchRefs(project)
  const refs = await refsBelow(deps.forge.gitDir(project.id), `${below}heads/`, `${below}tags/`)
  return refs.map((ref) => ({ ...ref, name: `refs/${ref.name.slice(below.length)}` }))
}

function lockOf(run: RunRow): ActionsLock | undefined {
  const { lock, diagnostics } = readLockText(run.actions_lock)
  const errors = errorsOf(diagnostics)
  if (errors) throw new Failure('invalid-workflow', errors)
  return lock
}

/** Everything that the engine needs to run this attempt of the job. */
export async function buildRequest(
  deps: WorkerDeps,
  given: { project: ProjectRow; run: RunRow; job: JobRow; proxySocket: string },
): Promise<JobRequest> {
  const { project, run, job, proxySocket } = given
  await deps.fetchCommit(project, run.commit_id)
  const settings = ProjectSettings.parse(project.settings)
  const retaken = await textOfRetakenDeploy(deps, run, settings)
  const { workflow: root, diagnostics } = retaken
    ? parseSource({ file: run.workflow_file, text: retaken })
    : parseRun(run)
  if (!root) {
    throw new Failure('invalid-workflow', errorsOf(diagnostics) ?? `${run.workflow_file} cannot be read.`)
  }
  const place = { projectId: project.id, environment: job.environment || (await environmentOf(deps, run)) }
  const github = githubContextOf(run, project.slug)
  const vars = await variablesFor(deps.db, place)
  const jobs = await jobsByRun(deps.db, run.id)
  const calls = callsOf(jobs, job)
  const first: CallScene = {
    ...{ workflow: root, states: plannedStates(jobs), contexts: { github, inputs: run.inputs, vars } },
    secrets: await secretsOf(deps, run, place, textsOfChain(run, root, calls, retaken)),
  }
  const { workflow, states, contexts, secrets } = sceneAt(first, calls)
  return {
    id: `job-${job.id}-${job.attempt}`,
    ownerId: deps.workerId,
    workflow,
    jobKey: job.job_key,
    leg: legOf(job),
    github,
    needs: needsOfJob(workflow, states, job.job_key, { contexts }),
    inputs: contexts.inputs ?? {},
    vars,
    secrets,
    checkout: {
      gitDir: deps.forge.gitDir(project.id),
      commit: run.commit_id,
      ref: run.ref,
      refs: () => refsOf(deps, project),
    },
    limits: limitsOf(settings),
    idToken: grantsIdToken(root, calls ?? [], job.job_key),
    network: { mode: 'egress', proxySocket },
    ...(await restoreInstall(deps, { project, settings, run, job, workflow })),
    ...(run.kind === 'agent' && (await agentsFolder(deps))),
    actions: { policy: settings.actions, lock: lockOf(run) },
    env: {},
    defaultTimeoutMs: settings.validation.timeoutMinutes * 60_000,
  }
}
