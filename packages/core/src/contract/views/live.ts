import { z } from 'zod'
import { id, time } from './wire.ts'

/** An event on the live channel. `id` is the cursor: pass it as `after` to go on from there. */
export const LiveEvent = z.object({
  id: z.int(),
  at: time,
  type: z.string(),
  projectId: id.nullable(),
  changeId: id.nullable(),
  runId: id.nullable(),
  jobId: id.nullable(),
  deploymentId: id.nullable(),
  data: z.record(z.string(), z.unknown()),
})
export type LiveEvent = z.infer<typeof LiveEvent>

/** RFC 9457, with our stable `code` and the next step as `hint`. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  hint: z.string().optional(),
  /** Of the request, as in the header x-request-id and in the server's log. */
  requestId: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof Problem>
