import { z } from 'zod'
import { conclusions } from '../../domain/status.ts'
import { RunKind } from './runs.ts'
import { id, time } from './wire.ts'

/** Of which runs: those that began in the last days. */
export const InsightsQuery = z.object({
  project: z.string().optional(),
  days: z.coerce.number().int().min(1).max(90).default(30),
})

const milliseconds = z.number().nullable()

/** What the runs of one workflow came to. Runs that were cancelled or skipped count in `runs` alone. */
export const WorkflowInsight = z.object({
  projectId: id,
  projectSlug: z.string(),
  kind: RunKind,
  workflowFile: z.string(),
  /** Of its newest run. */
  name: z.string(),
  runs: z.int(),
  successful: z.int(),
  failed: z.int(),
  /** 0 to 1, of those that succeeded or failed; null when there is none. */
  successRate: z.number().nullable(),
  /** From the run's start to its end. */
  meanMs: milliseconds,
  medianMs: milliseconds,
  p95Ms: milliseconds,
  /** From the run's creation to the start of its first job. */
  queueMedianMs: milliseconds,
  queueP95Ms: milliseconds,
  newestRunId: id,
  newestConclusion: z.enum(conclusions).nullable(),
})
export type WorkflowInsight = z.infer<typeof WorkflowInsight>

/** A way in which a step failed. */
export const StepError = z.object({
  projectSlug: z.string(),
  workflowFile: z.string(),
  jobKey: z.string(),
  step: z.string(),
  reason: z.string(),
  count: z.int(),
  lastRunId: id,
  lastAt: time,
})
export type StepError = z.infer<typeof StepError>

/** A job that both failed and succeeded on the same commit. */
export const FlakyJob = z.object({
  projectSlug: z.string(),
  workflowFile: z.string(),
  jobKey: z.string(),
  /** On which it ended, either way. */
  commits: z.int(),
  flakyCommits: z.int(),
  lastRunId: id,
})
export type FlakyJob = z.infer<typeof FlakyJob>

export const Insights = z.object({
  days: z.int(),
  /** There were more runs; only the newest were looked at. */
  truncated: z.boolean(),
  workflows: z.array(WorkflowInsight),
  /** The most common first. */
  errors: z.array(StepError),
  /** The flakiest first. */
  flaky: z.array(FlakyJob),
})
export type Insights = z.infer<typeof Insights>
