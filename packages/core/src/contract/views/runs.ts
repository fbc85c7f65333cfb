import { z } from 'zod'
import { conclusions } from '../../domain/status.ts'
import { id, time } from './wire.ts'

export const StepView = z.object({
  number: z.int(),
  name: z.string(),
  status: z.enum(['queued', 'in_progress', 'completed']),
  outcome: z.enum(conclusions).nullable(),
  conclusion: z.enum(conclusions).nullable(),
  exitCode: z.int().nullable(),
  reason: z.string().nullable(),
  /** A command or an action; null of steps that ran before this was kept. */
  type: z.enum(['run', 'uses']).nullable().optional(),
  /** From start to end; null before the end, and without a start. */
  durationMs: z.number().nullable().optional(),
  startedAt: time.nullable(),
  completedAt: time.nullable(),
})
export type StepView = z.infer<typeof StepView>

export const JobView = z.object({
  id,
  /** Unique in the run; the legs of a matrix have their values in it. */
  key: z.string(),
  /**
   * The key of the workflow, which `needs` names and which the legs of a matrix share; in a called workflow with the
   * calling job's key before it, as in `deploy / build`.
   */
  jobKey: z.string().optional(),
  /** The key of the job that called the workflow of this one; null for the run's own jobs. */
  calledBy: z.string().nullable().optional(),
  /** The workflow that it calls instead of having steps, as written; its end is the end of the jobs there. */
  calls: z.string().nullable().optional(),
  /** The values of a leg; null without a matrix. */
  matrix: z.record(z.string(), z.unknown()).nullable().optional(),
  name: z.string(),
  needs: z.array(z.string()),
  status: z.enum(['queued', 'in_progress', 'completed']),
  conclusion: z.enum(conclusions).nullable(),
  attempt: z.int(),
  reason: z.string().nullable(),
  /** What it waits for before it can begin, as a sentence; null when it does not. */
  waitsFor: z.string().nullable().optional(),
  /** Where it deploys to; null without. */
  environment: z
    .object({
      name: z.string(),
      /** http or https; null until the job has ended. */
      url: z.string().nullable(),
      /** How many people must still approve; 0 when none. */
      missing: z.int(),
      reviews: z.array(
        z.object({
          by: z.string(),
          decision: z.enum(['approved', 'rejected']),
          comment: z.string(),
          at: time,
        }),
      ),
    })
    .nullable()
    .optional(),
  startedAt: time.nullable(),
  completedAt: time.nullable(),
  steps: z.array(StepView),
})
export type JobView = z.infer<typeof JobView>

export const RunKind = z.enum(['agent', 'validation', 'deploy', 'manual', 'event'])

/** `goal`, `pull_request`, `deployment`, `workflow_dispatch`, or the event of GitHub's language that started it. */
export const TriggerEvent = z.string()
export type TriggerEvent = z.infer<typeof TriggerEvent>

export const RunSummary = z.object({
  id,
  number: z.int(),
  projectId: id,
  projectSlug: z.string(),
  changeId: id.nullable(),
  kind: RunKind,
  name: z.string(),
  commit: z.string(),
  ref: z.string(),
  /** What it was started for. */
  triggerEvent: TriggerEvent.optional(),
  /** From its first job's start to its end; null before the end. */
  durationMs: z.number().nullable().optional(),
  status: z.enum(['queued', 'in_progress', 'completed']),
  conclusion: z.enum(conclusions).nullable(),
  reason: z.string().nullable(),
  createdAt: time,
  startedAt: time.nullable(),
  completedAt: time.nullable(),
})
export type RunSummary = z.infer<typeof RunSummary>

/** What a step said about a place of the code, or about itself. Plain text. */
export const AnnotationView = z.object({
  jobKey: z.string(),
  step: z.int(),
  level: z.enum(['notice', 'warning', 'error']),
  message: z.string(),
  title: z.string().nullable(),
  file: z.string().nullable(),
  line: z.int().nullable(),
  endLine: z.int().nullable(),
  column: z.int().nullable(),
  endColumn: z.int().nullable(),
})
export type AnnotationView = z.infer<typeof AnnotationView>

/** What a step wrote to GITHUB_STEP_SUMMARY: Markdown of a hostile hand, to be shown as text. */
export const SummaryView = z.object({ jobKey: z.string(), step: z.int(), text: z.string() })
export type SummaryView = z.infer<typeof SummaryView>

/** Files that a job kept; fetch it from /api/runs/:run/artifacts/:name. */
export const ArtifactView = z.object({
  id,
  name: z.string(),
  sizeBytes: z.number(),
  /** 0: nobody counted them. */
  fileCount: z.int(),
  /** `application/gzip` (a compressed tar archive), `application/zip`, or that of a single file. */
  mediaType: z.string(),
  sha256: z.string(),
  createdAt: time,
  expiresAt: time,
})
export type ArtifactView = z.infer<typeof ArtifactView>

export const RunDetail = RunSummary.extend({
  workflowFile: z.string(),
  workflowText: z.string(),
  workflowSource: z.enum(['generated', 'repository']),
  inputs: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  /** Counts from 1; a later one has the run that it repeats in `rerunOf`. */
  attempt: z.int().optional(),
  rerunOf: id.nullable().optional(),
  /** Somebody asked it to stop; it may still run what is to run after a cancel. */
  cancelRequested: z.boolean().optional(),
  /** What it waits for as a whole before it can begin, as a sentence. */
  waitsFor: z.string().nullable().optional(),
  /** Of the newest attempt of each job, at most 1000. */
  annotations: z.array(AnnotationView).optional(),
  /** Of the newest attempt of each job; each cut at 64 kB here. */
  summary: z.array(SummaryView).optional(),
  jobs: z.array(JobView),
})
export type RunDetail = z.infer<typeof RunDetail>

/** A line of a job's log. `n` counts from 1 within the attempt of the job and is the cursor. */
export const LogLineView = z.object({
  n: z.int(),
  step: z.int(),
  at: z.number(),
  stream: z.enum(['stdout', 'stderr', 'system']),
  text: z.string(),
})
export type LogLineView = z.infer<typeof LogLineView>

export const LogPage = z.object({
  attempt: z.int(),
  lines: z.array(LogLineView),
  /** More lines stand after the last one now. */
  more: z.boolean(),
  /** No further line will come for this attempt. */
  complete: z.boolean(),
})
export type LogPage = z.infer<typeof LogPage>

/** What of a log is wanted by a program that can read only so much. */
export const LogExcerptQuery = z
  .object({
    mode: z.enum(['tail', 'search', 'error']),
    /** Of `search`: plain text, in whatever case. */
    text: z.string().min(1).max(500).optional(),
    /** Of one step only. `error` looks into the steps that failed, without it. */
    step: z.coerce.number().int().min(0).optional(),
    attempt: z.coerce.number().int().min(1).optional(),
    /** About four characters each. */
    tokens: z.coerce.number().int().min(50).max(100_000).default(2000),
    /** Of `search`: lines before and after each match. */
    context: z.coerce.number().int().min(0).max(50).default(2),
  })
  .refine((query) => query.mode !== 'search' || query.text !== undefined, {
    message: 'search needs text',
    path: ['text'],
  })

export const LogExcerpt = z.object({
  attempt: z.int(),
  lines: z.array(LogLineView),
  matches: z.int(),
  /** Something that was wanted did not fit into the budget. */
  truncated: z.boolean(),
  tokens: z.int(),
  /** No further line will come for this attempt. */
  complete: z.boolean(),
})
export type LogExcerpt = z.infer<typeof LogExcerpt>

export const EgressRequest = z.object({
  at: time,
  host: z.string(),
  port: z.int(),
  method: z.string(),
  allowed: z.boolean(),
  reason: z.string(),
  bytesUp: z.int(),
  bytesDown: z.int(),
  durationMs: z.number(),
})
export type EgressRequest = z.infer<typeof EgressRequest>
