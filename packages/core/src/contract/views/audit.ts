import { z } from 'zod'
import { id, time } from './wire.ts'

/** One write, from whom and where, and what it changed; `id` is the cursor, newest first. */
export const AuditEntry = z.object({
  id: z.int(),
  at: time,
  user: z.object({ id: id.nullable(), name: z.string() }),
  /** A browser's session, an API token, or nobody who is signed in (a sign-in). */
  via: z.enum(['session', 'token', 'nobody']),
  ip: z.string(),
  userAgent: z.string(),
  requestId: z.string(),
  /** The operation of the API: `updateProject`. */
  action: z.string(),
  projectId: id.nullable(),
  object: z.object({ kind: z.string(), id: z.string() }).nullable(),
  /** What was asked; secrets are hidden in all three. */
  asked: z.unknown(),
  /** Only what the write changed, by path, where it is known. */
  before: z.unknown(),
  after: z.unknown(),
  status: z.int().nullable(),
  /** `started`: its process ended in the middle. */
  outcome: z.enum(['started', 'done', 'refused', 'failed']),
})
export type AuditEntry = z.infer<typeof AuditEntry>
