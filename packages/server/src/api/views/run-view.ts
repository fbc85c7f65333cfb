import type {
  JobView,
  LogLineView,
  RunDetail,
  RunSummary,
  StepView,
} from '@signalbox/core/contract/views/runs.ts'
import type { NumberedLine } from '../../db/log-chunks.ts'
import type { ListedRun } from '../../db/runs.ts'
import type { JobRow, RunRow, StepRow } from '../../db/state-of.ts'

/** A run as lists show it. */
export function runSummary(row: Omit<ListedRun, 'project_slug'>, projectSlug: string): RunSummary {
  return {
    id: row.id,
    number: row.number,
    projectId: row.project_id,
    projectSlug,
    changeId: row.change_id,
    kind: row.kind,
    name: row.name,
    commit: row.commit_id,
    ref: row.ref,
    status: row.status,
    conclusion: row.conclusion,
    reason: row.reason,
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    completedAt: row.completed_at?.toISOString() ?? null,
  }
}

/** A run with its jobs in the order of the file, each with the steps of its newest attempt. */
export function runDetail(
  row: RunRow,
  more: { projectSlug: string; jobs: JobRow[]; steps: StepRow[] },
): RunDetail {
  const byJob = Map.groupBy(more.steps, (step) => step.job_id)
  return {
    ...runSummary(row, more.projectSlug),
    workflowFile: row.workflow_file,
    workflowText: row.workflow_text,
    workflowSource: row.workflow_source,
    jobs: more.jobs.map((job) => jobView(job, byJob.get(job.id) ?? [])),
  }
}

function jobView(row: JobRow, steps: StepRow[]): JobView {
  return {
    id: row.id,
    key: row.key,
    jobKey: row.job_key,
    matrix: row.matrix,
    name: row.name,
    needs: row.needs,
    status: row.status,
    conclusion: row.conclusion,
    attempt: row.attempt,
    reason: row.reason,
    startedAt: row.started_at?.toISOString() ?? null,
    completedAt: row.completed_at?.toISOString() ?? null,
    steps: steps.map(stepView),
  }
}

function stepView(row: StepRow): StepView {
  return {
    number: row.number,
    name: row.name,
    status: row.status,
    outcome: row.outcome,
    conclusion: row.conclusion,
    exitCode: row.exit_code,
    reason: row.reason,
    startedAt: row.started_at?.toISOString() ?? null,
    completedAt: row.completed_at?.toISOString() ?? null,
  }
}

const streams = { o: 'stdout', e: 'stderr', s: 'system' } as const

/** A log line from its short stored form. */
export function logLine(line: NumberedLine): LogLineView {
  return { n: line.n, step: line.s, at: line.t, stream: streams[line.c], text: line.x }
}
