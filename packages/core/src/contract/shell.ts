import { z } from 'zod'

/** What a terminal says as text on the socket of a shell; its keys go as binary messages. */
export const ShellRequest = z.object({
  type: z.literal('resize'),
  columns: z.int().min(1).max(1000),
  rows: z.int().min(1).max(1000),
})
export type ShellRequest = z.infer<typeof ShellRequest>

/** What a shell says as text; its output comes as binary messages. `exit` and `error` are its last words. */
export const ShellMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('exit'), code: z.int().nullable(), reason: z.string().optional() }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string(), hint: z.string().optional() }),
])
export type ShellMessage = z.infer<typeof ShellMessage>

/** Where a terminal connects for a shell in the state of this job; a WebSocket. */
export function shellPath(job: string, size: { columns: number; rows: number }): string {
  return `/api/jobs/${job}/shell/connect?columns=${size.columns}&rows=${size.rows}`
}
