import { z } from 'zod'
import { Inbox, NotificationPreferences, NotificationView } from '../views/inbox.ts'
import { limit, type Route } from './route.ts'

const notificationId = z.int().min(1)

export const inboxRoutes = {
  getInbox: {
    method: 'GET',
    path: '/api/inbox',
    permission: 'inbox.read',
    tag: 'inbox',
    summary: 'What waits for a person, longest first, and how many notifications are unread.',
    response: Inbox,
  },
  listNotifications: {
    method: 'GET',
    path: '/api/notifications',
    permission: 'inbox.read',
    tag: 'inbox',
    summary: 'What you were told, newest first.',
    query: z.object({
      unread: z.enum(['true', 'false']).optional(),
      before: z.coerce.number().int().min(1).optional(),
      limit,
    }),
    response: z.object({ items: z.array(NotificationView), next: z.int().nullable() }),
  },
  markNotifications: {
    method: 'POST',
    path: '/api/notifications/read',
    permission: 'inbox.read',
    tag: 'inbox',
    summary: 'Mark as read or unread: the ones named, or all up to one.',
    body: z.union([
      z.object({ ids: z.array(notificationId).min(1).max(500), read: z.boolean().default(true) }),
      z.object({ upTo: notificationId }),
    ]),
    response: z.object({ unread: z.int() }),
  },
  getNotificationPreferences: {
    method: 'GET',
    path: '/api/notifications/preferences',
    permission: 'inbox.read',
    tag: 'inbox',
    summary: 'Of what you are told.',
    response: NotificationPreferences,
  },
  updateNotificationPreferences: {
    method: 'PATCH',
    path: '/api/notifications/preferences',
    permission: 'inbox.read',
    tag: 'inbox',
    summary: 'Choose of what you are told.',
    body: NotificationPreferences,
    response: NotificationPreferences,
  },
} as const satisfies Record<string, Route>
