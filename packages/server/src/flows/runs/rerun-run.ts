import { Failure } from '@signalbox/core/base/failure.ts'
import { outputsOf } from '@signalbox/core/plan/plan-legs.ts'
import { jobsByRun } from '../../db/jobs.ts'
import { findRun } from '../../db/runs.ts'
import type { JobRow } from '../../db/state-of.ts'
import type { FlowDeps } from '../deps.ts'
import { under } from './new-jobs.ts'
import { plannedLegs } from './run-context.ts'
import { startRun } from './start-run.ts'

/**
 * Runs a completed run again that a person or an event started: the same commit, workflow, inputs and event, as a run
 * that names the one before.
 */
export async function rerunRun(
  deps: FlowDeps,
  input: { runId: string; jobs: 'all' | 'failed' },
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
      kept: input.jobs === 'failed' ? succeeded(jobs) : undefined,
    }),
  )
  return { runId }
}

/**
 * Outputs of the jobs that need not run again, by key, those of called workflows too; of a matrix only when all of
 * its legs succeeded.
 */
function succeeded(jobs: JobRow[]): Map<string, Record<string, string>> {
  const kept = new Map<string, Record<string, string>>()
  const keys = new Map(jobs.map((job) => [job.id, job.key]))
  for (const rows of Map.groupBy(jobs, (job) => `${job.caller_id} ${job.job_key}`).values()) {
    const [first] = rows
    if (!first || !rows.every((row) => row.conclusion === 'success')) continue
    const caller = first.caller_id === null ? undefined : keys.get(first.caller_id)
    const legs = first.leg === null ? undefined : plannedLegs(rows)
    kept.set(under(caller, first.job_key), legs ? outputsOf(legs) : first.outputs)
  }
  return kept
}
