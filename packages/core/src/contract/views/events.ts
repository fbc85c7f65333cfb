import { z } from 'zod'
import { id, time } from './wire.ts'

/** What an event came to for one workflow file. */
export const VerdictView = z.object({
  file: z.string(),
  /** The workflow's, or its file's. */
  name: z.string(),
  runs: z.boolean(),
  /** The run that it started. */
  runId: id.nullable(),
  /** What kept it from running: `event`, `types`, `branches`, `tags`, `paths`, `message`, `invalid`, `off`, … */
  by: z.string().nullable(),
  reason: z.string().nullable(),
})
export type VerdictView = z.infer<typeof VerdictView>

/** Something that happened to a project, and what its workflows made of it. */
export const OccurrenceView = z.object({
  id,
  /** As under `on`. */
  name: z.string(),
  action: z.string().nullable(),
  ref: z.string(),
  commit: z.string(),
  changeId: id.nullable(),
  /** Its runs get secrets. */
  trusted: z.boolean(),
  /** Its workflows are still being asked. */
  open: z.boolean(),
  createdAt: time,
  verdicts: z.array(VerdictView),
})
export type OccurrenceView = z.infer<typeof OccurrenceView>

/** A time at which a workflow of the default branch starts. */
export const ScheduleView = z.object({
  file: z.string(),
  name: z.string(),
  cron: z.string(),
  timezone: z.string(),
  /** Null: it never comes. */
  nextAt: time.nullable(),
  /** When it last started its workflow. */
  lastAt: time.nullable(),
  /** Times that came while no server ran. */
  missed: z.int(),
})
export type ScheduleView = z.infer<typeof ScheduleView>

/** At most ten fields and 64 kB, as on GitHub. The values are plain JSON, as the body came. */
export const ClientPayload = z
  .record(z.string().max(200), z.unknown())
  .refine((value) => Object.keys(value).length <= 10, 'at most 10 fields')
  .refine((value) => JSON.stringify(value).length <= 65_536, 'at most 64 kB')
