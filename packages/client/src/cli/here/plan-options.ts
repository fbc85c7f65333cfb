import { z } from 'zod'

/** The flags of `plan`. */
export const PlanOptions = z.object({
  event: z.string().default('push'),
  payload: z.string().optional(),
  base: z.string().optional(),
  ref: z.string().optional(),
  dir: z.string().optional(),
})
export type PlanOptions = z.infer<typeof PlanOptions>
