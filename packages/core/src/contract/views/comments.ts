import { z } from 'zod'
import { id, time } from './wire.ts'

/** Which text of a diff a line number counts in: the one before or the one after. */
export const DiffSide = z.enum(['old', 'new'])

/**
 * A comment on lines of a pull request, anchored to the head commit that its author looked at. `open`: the
 * agent has not been told; `sent`: it was; `resolved`: done with.
 */
export const ReviewComment = z.object({
  id,
  changeId: id,
  commit: z.string(),
  path: z.string(),
  side: DiffSide,
  startLine: z.int(),
  endLine: z.int(),
  /** The lines as they were, cut. */
  quote: z.string(),
  body: z.string(),
  author: z.object({ id, name: z.string() }).nullable(),
  /** Written by who asks: they may edit and delete it until it is sent. */
  mine: z.boolean(),
  state: z.enum(['open', 'sent', 'resolved']),
  /** The pull request has a newer head than the one that this was said of. */
  outdated: z.boolean(),
  createdAt: time,
  updatedAt: time,
  sentAt: time.nullable(),
})
export type ReviewComment = z.infer<typeof ReviewComment>

/** Lines of a file at the head of a pull request, to show more of it around a hunk. */
export const FileLines = z.object({
  commit: z.string(),
  path: z.string(),
  /** Number of the first of `lines`, from 1. */
  from: z.int(),
  lines: z.array(z.string()),
  /** How many lines the file has; null when it is too large to count. */
  total: z.int().nullable(),
})
export type FileLines = z.infer<typeof FileLines>
