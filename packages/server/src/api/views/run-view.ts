import type {
  AnnotationView,
  ArtifactView,
  JobView,
  LogLineView,
  RunDetail,
  RunSummary,
  StepView,
  TriggerEvent,
} from '@signalbox/core/contract/views/runs.ts'
import type { Selectable } from 'kysely'
import type { ArtifactRow } from '../../db/artifacts.ts'
import type { NumberedLine } from '../../db/log-chunks.ts'
import type { ListedRun } from '../../db/runs.ts'
import type { AnnotationsTable, StepSummariesTable } from '../../db/schema/runs.ts'
import type { JobRow, RunRow, StepRow } from '../../db/state-of.ts'
import type { ShownEnvironments } from './environments.ts'
import type { Waits } from './waits.ts'

const triggers: Record<RunSummary['kind'], TriggerEvent> = {
  agent: 'goal',
  validation: 'pull_request',
  deploy: 'deployment',
  manual: 'workflow_dispatch',
  event: 'event',
}

function durationMs(row: { started_at: Date | null; completed_at: Date | null }): number | null {
  return row.started_at && row.completed_at ? row.completed_at.getTime() - row.started_at.getTime() : null
}

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
    triggerEvent: row.event_name ?? triggers[row.kind],
    durationMs: durationMs(row),
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
  more: {
    projectSlug: string
    jobs: JobRow[]
    steps: StepRow[]
    annotations?: Selectable<AnnotationsTable>[]
    summaries?: Selectable<StepSummariesTable>[]
    waits?: Waits
    environments?: ShownEnvironments
  },
): RunDetail {
  const byJob = Map.groupBy(more.steps, (step) => step.job_id)
  const keys = new Map(more.jobs.map((job) => [job.id, job.key]))
  return {
    ...runSummary(row, more.projectSlug),
    workflowFile: row.workflow_file,
    workflowText: row.workflow_text,
    workflowSource: row.workflow_source,
    inputs: row.inputs,
    attempt: row.attempt,
    rerunOf: row.rerun_of,
    cancelRequested: row.cancel_requested,
    waitsFor: row.status === 'queued' ? (more.waits?.run ?? null) : null,
    annotations: (more.annotations ?? []).map((said) => annotationView(said, keys.get(said.job_id) ?? '')),
    summary: (more.summaries ?? []).map((summary) => ({
      jobKey: keys.get(summary.job_id) ?? '',
      step: summary.step,
      text: summary.text,
    })),
    jobs: more.jobs.map((job) => ({
      ...jobView(job, byJob.get(job.id) ?? [], keys.get(job.caller_id ?? '')),
      environment: more.environments?.get(job.id)?.view ?? null,
      waitsFor:
        job.status === 'queued'
          ? (more.environments?.get(job.id)?.waitsFor ?? more.waits?.jobs.get(job.id) ?? null)
          : null,
    })),
  }
}

function annotationView(row: Selectable<AnnotationsTable>, jobKey: string): AnnotationView {
  const { step, level, message, title, file, line } = row
  const place = { line, endLine: row.end_line, column: row.col, endColumn: row.end_column }
  return { jobKey, step, level, message, title, file, ...place }
}

function jobView(row: JobRow, steps: StepRow[], caller: string | undefined): JobView {
  const within = (key: string) => (caller === undefined ? key : `${caller} / ${key}`)
  return {
    id: row.id,
    key: row.key,
    jobKey: within(row.job_key),
    calledBy: caller ?? null,
    calls: row.calls,
    matrix: row.matrix,
    name: row.name,
    needs: row.needs.map(within),
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
    type: row.kind,
    durationMs: durationMs(row),
    startedAt: row.started_at?.toISOString() ?? null,
    completedAt: row.completed_at?.toISOString() ?? null,
  }
}

const streams = { o: 'stdout', e: 'stderr', s: 'system' } as const

/** A log line from its short stored form. */
export function logLine(line: NumberedLine): LogLineView {
  return { n: line.n, step: line.s, at: line.t, stream: streams[line.c], text: line.x }
}

/** An artifact as lists show it. */
export function artifactView(row: ArtifactRow): ArtifactView {
  return {
    id: row.id,
    name: row.name,
    sizeBytes: row.size_bytes,
    fileCount: row.file_count,
    mediaType: row.media_type,
    sha256: row.sha256,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
  }
}
