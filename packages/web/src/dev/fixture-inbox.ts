import type {
  Inbox,
  NotificationPreferences,
  NotificationView,
} from '@signalbox/core/contract/views/inbox.ts'
import { changes } from './fixture-changes.ts'
import { before, fixtureId } from './ids.ts'

const facts: [NotificationView['kind'], string, string, number, boolean][] = [
  [
    'needs_you',
    '#12 Add a health page has a plan for you to confirm',
    'The plan waits for your word.',
    4,
    false,
  ],
  [
    'failed',
    '#9 Greet in French was rolled back',
    'GET /health answered 500 three times within 60 s of the switch.',
    38,
    false,
  ],
  ['deployed', '#8 Greet in German is deployed', '', 95, true],
  ['merged', '#7 Sort the list by name is merged', '', 260, true],
  ['answered', '#6 How are greetings chosen? is answered', '', 1500, true],
]

/** News of every kind, two of them unread. */
export const notifications: NotificationView[] = facts.map(([kind, title, text, minutes, read], index) => ({
  id: facts.length - index,
  at: before(minutes * 60),
  kind,
  title,
  text,
  projectId: fixtureId('project', 1),
  projectSlug: 'sample',
  changeId: changes[index]?.id ?? null,
  deploymentId: null,
  readAt: read ? before(minutes * 30) : null,
}))

export const notificationPreferences: NotificationPreferences = { muted: ['answered'], mineOnly: false }

export function inbox(empty: boolean): Inbox {
  if (empty) return { waiting: [], unread: 0 }
  return { waiting: changes.filter((change) => change.waitingFor !== null), unread: 2 }
}
