import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import type { JsonValue } from '@signalbox/core/base/json.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { runName } from '@signalbox/core/plan/leg-names.ts'
import type { CalledTexts } from '@signalbox/core/workflow/link-calls.ts'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import type { Kysely, Transaction } from 'kysely'
import type { Queryable } from '../../db/connect.ts'
import { insertJobs } from '../../db/jobs.ts'
import { findProject } from '../../db/projects.ts'
import { insertRun } from '../../db/runs.ts'
import type { Database } from '../../db/schema.ts'
import type { RunRow } from '../../db/state-of.ts'
import { machineOf } from '../../db/workers.ts'
import type { FlowDeps } from '../deps.ts'
import { advanceRun } from './advance-run.ts'
import { keepJobs, newJobs } from './new-jobs.ts'
import { livingWorkers } from './send-job.ts'
import { actionErrors, errorsOf, parseSource, type WorkflowSource } from './workflow-source.ts'

export interface NewRun {
  projectId: string
  changeId: string | null
  kind: RunRow['kind']
  name: string
  workflow: WorkflowSource
  commit: string
  ref: string
  trusted: boolean
  /** What the run is for: an agent run's turn, a deployment. */
  subject: Record<string, unknown>
  /** Of the types that the workflow declares. */
  inputs?: Record<string, string | number | boolean>
  /** The run that this one repeats. */
  rerunOf?: { id: string; attempt: number }
  /** What started it, where no person did. */
  occurrence?: { id: string | null; name: string; event: Record<string, JsonValue>; depth: number }
  /** Jobs that are taken over from it, with their outputs. */
  kept?: ReadonlyMap<string, Record<string, string>>
}

/**
 * Stores a run with its jobs and takes or queues its first decision, all in the caller's transaction.
 * Failure `invalid-workflow` with every place that is wrong; nothing is stored then.
 */
export async function startRun(
  deps: FlowDeps,
  tx: Kysely<Database> | Transaction<Database>,
  run: NewRun,
): Promise<string> {
  const machines = (await livingWorkers(deps, tx)).flatMap((worker) => machineOf(worker).labels)
  const { workflow, diagnostics } = parseSource(run.workflow, { machines })
  const errors = errorsOf(diagnostics)
  if (!workflow || errors) {
    throw new Failure('invalid-workflow', errors ?? `${run.workflow.file} is not a workflow.`, {
      hint: 'Mend the workflow file on the default branch, then validate again.',
    })
  }
  await refuseActions(tx, run, workflow)
  const runId = newId()
  await insertRun(tx, {
    id: runId,
    project_id: run.projectId,
    change_id: run.changeId,
    kind: run.kind,
    name: runNameOf(run, workflow),
    workflow_file: run.workflow.file,
    workflow_text: run.workflow.text,
    workflow_source: run.workflow.source,
    actions_lock: run.workflow.lock ?? null,
    called_workflows: textsOf(run.workflow.called),
    kept: Object.fromEntries(run.kept ?? []),
    commit_id: run.commit,
    ref: run.ref,
    trusted: run.trusted,
    subject: run.subject,
    inputs: run.inputs ?? {},
    attempt: (run.rerunOf?.attempt ?? 0) + 1,
    rerun_of: run.rerunOf?.id ?? null,
    occurrence_id: run.occurrence?.id ?? null,
    event_name: run.occurrence?.name ?? null,
    event: run.occurrence?.event ?? {},
    event_depth: run.occurrence?.depth ?? 0,
  })
  const jobs = await insertJobs(tx, newJobs(workflow, { runId, kind: run.kind }))
  await keepJobs(deps, tx, jobs, Object.fromEntries(run.kept ?? []))
  // Validations wait in one row for their places; all others start at once, which spares a hop over the queue.
  if (run.kind === 'validation') await deps.queue.send(tx, 'advance-run', { runId })
  else await advanceRun({ ...deps, db: tx }, runId)
  return runId
}

/** Without those that could not be read: then there is no run. */
function textsOf(called: CalledTexts = {}): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [name, text] of Object.entries(called)) if (typeof text === 'string') texts[name] = text
  return texts
}

/** Throws the Failure `invalid-workflow` with every place that names an action which the project does not let in. */
async function refuseActions(tx: Queryable, run: NewRun, workflow: Workflow): Promise<void> {
  const project = await findProject(tx, run.projectId)
  if (!project) throw new Failure('not-found', 'There is no such project.')
  const { actions } = ProjectSettings.parse(project.settings)
  const found = actionErrors(workflow, run.workflow.lock, actions)
  const errors = errorsOf(found)
  if (errors) throw new Failure('invalid-workflow', errors, { hint: found.find(({ hint }) => hint)?.hint })
}

/** What people see: `run-name`, where the workflow has one. */
function runNameOf(run: NewRun, workflow: Workflow): string {
  const inputs = run.inputs ?? {}
  const github = {
    ref: run.ref,
    ref_name: run.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    sha: run.commit,
    actor: 'signalbox',
    event_name: run.occurrence?.name ?? (run.kind === 'validation' ? 'pull_request' : 'workflow_dispatch'),
    event: run.occurrence?.event ?? { inputs },
  }
  return runName(workflow, { github, inputs }) ?? run.name
}
