import { z } from 'zod'
import { instanceRoles } from '../roles.ts'
import { id } from './wire.ts'

export const SessionView = z.object({
  user: z.object({ id, name: z.string(), role: z.enum(instanceRoles) }),
  /** Sent back as the header `x-csrf-token` with every write of a browser. */
  csrfToken: z.string(),
})
export type SessionView = z.infer<typeof SessionView>
