import { z } from 'zod'
import { LiveEvent } from './views/live.ts'
import { LogLineView } from './views/runs.ts'

/** What a client says on the socket at /api/live. */
export const LiveRequest = z.discriminatedUnion('type', [
  /** All events after a cursor, then as they come. Without `after`: from now on. */
  z.object({ type: z.literal('events'), after: z.int().optional() }),
  /** The log of a job after a line, then as it grows. */
  z.object({ type: z.literal('log'), job: z.uuid(), attempt: z.int().optional(), after: z.int().default(0) }),
  z.object({ type: z.literal('log_stop'), job: z.uuid() }),
])
export type LiveRequest = z.infer<typeof LiveRequest>

/** What the server says on the socket; on SSE (/api/events) only `ready` and `event`, with the cursor as id. */
export const LiveMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), cursor: z.int() }),
  z.object({ type: z.literal('event'), event: LiveEvent }),
  z.object({
    type: z.literal('log'),
    job: z.uuid(),
    attempt: z.int(),
    lines: z.array(LogLineView),
    complete: z.boolean(),
  }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
])
export type LiveMessage = z.infer<typeof LiveMessage>
