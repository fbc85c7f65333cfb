import { z } from 'zod'

const days = z.int().min(0).max(36_500)

/** For how long things are kept, in days; 0: for ever. What is still needed is kept whatever stands here. */
export const RetentionSettings = z.object({
  /** Completed changes with everything that belongs to them; their commits stay in the repository. */
  changeDays: days.default(0),
  /** Completed runs with their jobs, logs, evidence and artifacts. */
  runDays: days.default(365),
  /** The newest so many runs of each project are kept, however old. */
  keepRuns: z.int().min(0).max(100_000).default(100),
  /** Logs of completed runs; the runs themselves stay. */
  logDays: days.default(180),
  /** Live events: who was away for longer loads the page anew. */
  eventDays: days.default(30),
  auditDays: days.default(0),
})
export type RetentionSettings = z.infer<typeof RetentionSettings>

/** What a project sets for itself; null: as the installation has it. */
export const ProjectRetention = z.object({
  changeDays: days.nullable().default(null),
  runDays: days.nullable().default(null),
  keepRuns: RetentionSettings.shape.keepRuns.unwrap().nullable().default(null),
  logDays: days.nullable().default(null),
})
export type ProjectRetention = z.infer<typeof ProjectRetention>

/** What would be deleted now. */
export const RetentionPreview = z.object({
  changes: z.int(),
  /** Those of deleted changes among them. */
  runs: z.int(),
  /** Jobs whose logs go, those of deleted runs among them. */
  logs: z.int(),
  logBytes: z.int(),
  artifacts: z.int(),
  artifactBytes: z.int(),
  events: z.int(),
  auditEntries: z.int(),
})
export type RetentionPreview = z.infer<typeof RetentionPreview>

export const RetentionView = z.object({ settings: RetentionSettings, preview: RetentionPreview })
export type RetentionView = z.infer<typeof RetentionView>

export const ProjectRetentionView = z.object({
  settings: ProjectRetention,
  /** What holds where the project sets nothing. */
  installation: RetentionSettings,
  preview: RetentionPreview,
})
export type ProjectRetentionView = z.infer<typeof ProjectRetentionView>
