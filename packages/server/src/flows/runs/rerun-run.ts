import { Failure } from '@signalbox/core/base/failure.ts'
import { jobsByRun } from '../../db/jobs.ts'
import { findRun } from '../../db/runs.ts'
import type { FlowDeps } from '../deps.ts'
import { keptJobs } from './kept-jobs.ts'
import { startRun } from './start-run.ts'

/**
 * Runs a completed run again that a person or an event started: the same commit, workflow, inputs and event, as a run
 * that names the one before. `job`: only that one, what needs it, and what did not succeed.
 */
export async function rerunRun(
  deps: FlowDeps,
  input: { runId: string; jobs: 'all' | 'failed'; job?: string | undefined },
): Promise<{ runId: string }> {
  const run = await findRun(deps.db, input.runId)
  if (!run) throw new Failure('not-found', 'There is no such run.')
  if (run.kind !== 'manual' && run.kind !== 'event') {
    throw new Failure('refused', `A run of the kind ${run.kind} belongs to a change or a deployment.`, {
      hint: 'Validate the change again, or deploy again.',
    })
  }
  if (run.status !== 'completed') {
    throw new Failure('refused', 'The run has not ended yet.', { hint: 'Cancel it first.' })
  }
  const jobs = await jobsByRun(deps.db, run.id)
  const { kind } = run
  const runId = await deps.db.transaction().execute((tx) =>
    startRun(deps, tx, {
      projectId: run.project_id,
      changeId: run.change_id,
      kind,
      name: run.name,
      workflow: {
        file: run.workflow_file,
        text: run.workflow_text,
        source: run.workflow_source,
        called: run.called_workflows,
        lock: run.actions_lock,
      },
      commit: run.commit_id,
      ref: run.ref,
      trusted: run.trusted,
      subject: {},
      inputs: run.inputs,
      rerunOf: { id: run.id, attempt: run.attempt },
      ...(run.event_name === null
        ? {}
        : {
            occurrence: {
              id: run.occurrence_id,
              name: run.event_name,
              event: run.event,
              depth: run.event_depth,
            },
          }),
      kept: keptJobs(jobs, input),
    }),
  )
  return { runId }
}
