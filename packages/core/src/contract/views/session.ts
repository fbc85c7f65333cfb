import { z } from 'zod'
import { instanceRoles, projectRoles } from '../roles.ts'
import { id } from './wire.ts'

export const SessionView = z.object({
  user: z.object({ id, name: z.string(), role: z.enum(instanceRoles) }),
  /** They have no password and no passkey yet: only links sign them in. */
  needsSetup: z.boolean(),
  /** The role in each project by id; null: owner of every project. */
  projects: z.record(z.string(), z.enum(projectRoles)).nullable(),
  /** Sent back as the header `x-csrf-token` with every write of a browser. */
  csrfToken: z.string(),
})
export type SessionView = z.infer<typeof SessionView>
