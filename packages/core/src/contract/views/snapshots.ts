import { z } from 'zod'
import { id, time } from './wire.ts'

export const SnapshotView = z.object({
  id,
  projectSlug: z.string(),
  /** `install`: what an install made. `failed`: the workspace of a job as its failed step left it. */
  kind: z.enum(['install', 'failed']),
  key: z.string(),
  command: z.string(),
  /** Only the runs of this change may restore it; null: every run of the project. */
  changeId: id.nullable(),
  /** The job whose state it is. */
  jobId: id.nullable(),
  runId: id.nullable(),
  sizeBytes: z.number(),
  hits: z.int(),
  inUse: z.boolean(),
  createdAt: time,
  lastUsedAt: time,
})
export type SnapshotView = z.infer<typeof SnapshotView>

/** Whether a shell can be opened where a job failed. */
export const ShellState = z.object({
  available: z.boolean(),
  /** Why not, and what to do. */
  reason: z.string().nullable(),
  hint: z.string().nullable(),
  /** The step that failed. */
  step: z.string().nullable(),
  sizeBytes: z.number().nullable(),
  /** It is deleted then, unless a shell is opened before. */
  keptUntil: time.nullable(),
  /** The newest shell that was opened there, whoever opened it; null: none was. */
  last: z
    .object({
      /** Null: the account was deleted. */
      openedBy: z.string().nullable(),
      mine: z.boolean(),
      openedAt: time,
      open: z.boolean(),
      /** Null while it is open, and when its worker ended without saying so. */
      endedAt: time.nullable(),
      exitCode: z.int().nullable(),
      /** Why it ended, when it was not by itself. */
      reason: z.string().nullable(),
    })
    .nullable(),
})
export type ShellState = z.infer<typeof ShellState>
