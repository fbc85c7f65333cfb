import { z } from 'zod'
import { notificationKinds } from '../../domain/notification.ts'
import { ChangeSummary } from './changes.ts'
import { id, time } from './wire.ts'

/** Something that happened and that a person is told; `id` is the cursor of pages, newest first. */
export const NotificationView = z.object({
  id: z.int(),
  at: time,
  kind: z.enum(notificationKinds),
  title: z.string(),
  text: z.string(),
  projectId: id,
  projectSlug: z.string(),
  changeId: id.nullable(),
  deploymentId: id.nullable(),
  readAt: time.nullable(),
})
export type NotificationView = z.infer<typeof NotificationView>

/** What waits for a person now, longest first, and how much is unread. */
export const Inbox = z.object({
  waiting: z.array(ChangeSummary),
  unread: z.int(),
})
export type Inbox = z.infer<typeof Inbox>

export const NotificationPreferences = z.object({
  /** Kinds of which the person is not told. */
  muted: z.array(z.enum(notificationKinds)),
  /** Only changes that the person gave the goal of. */
  mineOnly: z.boolean(),
})
export type NotificationPreferences = z.infer<typeof NotificationPreferences>
