import { z } from 'zod'
import { id } from './wire.ts'

/** One object found by its name or number. */
export const Found = z.object({
  kind: z.enum(['project', 'change', 'run']),
  id,
  /** As a person knows it: `#12 Say hello`. */
  label: z.string(),
  projectSlug: z.string(),
  /** Where it stands: `waiting`, `failure`. */
  state: z.string(),
})
export type Found = z.infer<typeof Found>
