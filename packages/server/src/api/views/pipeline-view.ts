import type {
  PipelineDetail,
  PipelineStatus,
  PipelineView,
} from '@signalbox/core/contract/views/pipelines.ts'
import type { Conclusion, Status } from '@signalbox/core/domain/status.ts'
import type { ListedRun } from '../../db/runs.ts'
import type { JobRow, RunRow, StepRow } from '../../db/state-of.ts'
import { runSummary } from './run-view.ts'

const ended: Record<Conclusion, PipelineStatus> = {
  success: 'success',
  failure: 'failed',
  timed_out: 'failed',
  cancelled: 'cancelled',
  skipped: 'skipped',
  neutral: 'success',
  action_required: 'pending',
}

function statusOf({ status, conclusion }: { status: Status; conclusion: Conclusion | null }): PipelineStatus {
  if (status === 'queued') return 'pending'
  return status === 'in_progress' ? 'running' : ended[conclusion ?? 'failure']
}

/** A run in the words of pipelines. */
export function pipelineView(row: Omit<ListedRun, 'project_slug'>, projectSlug: string): PipelineView {
  const run = runSummary(row, projectSlug)
  return {
    id: run.id,
    project: projectSlug,
    name: run.name,
    pipeline_type: run.kind,
    status: statusOf(row),
    trigger_event: run.triggerEvent ?? 'workflow_dispatch',
    branch_name: run.ref.replace(/^refs\/(heads|tags)\//, ''),
    created_at: run.createdAt,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    duration_ms: run.durationMs ?? null,
    error_message: run.reason,
  }
}

/** A run with the steps of the newest attempt of each job, in the workflow's order. */
export function pipelineDetail(
  row: RunRow,
  more: { projectSlug: string; jobs: JobRow[]; steps: StepRow[] },
): PipelineDetail {
  const { jobs, steps } = more
  return {
    ...pipelineView(row, more.projectSlug),
    progress: { completed: jobs.filter((job) => job.status === 'completed').length, total: jobs.length },
    steps: jobs.flatMap((job) =>
      steps
        .filter((step) => step.job_id === job.id && step.attempt === job.attempt)
        .map((step) => ({
          job: job.key,
          step_name: step.name,
          step_type: step.kind,
          status: statusOf(step),
          retry_count: job.attempt - 1,
          duration_ms:
            step.started_at && step.completed_at
              ? step.completed_at.getTime() - step.started_at.getTime()
              : null,
          error_message: step.reason,
        })),
    ),
  }
}
