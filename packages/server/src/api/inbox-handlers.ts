import type { NotificationView } from '@signalbox/core/contract/views/inbox.ts'
import { listWaitingChanges } from '../db/changes.ts'
import {
  countUnread,
  listNotifications,
  markNotifications,
  type NotificationRow,
  preferencesOf,
  savePreferences,
} from '../db/notifications.ts'
import { summaryFacts } from '../db/project-cards.ts'
import { appendEvent } from '../events/append.ts'
import type { Handlers } from './handlers.ts'
import { projectFilter } from './project-handlers.ts'
import type { ServerDeps } from './server-deps.ts'
import { changeSummary } from './views/change-view.ts'

type InboxHandlers = Pick<
  Handlers,
  | 'getInbox'
  | 'listNotifications'
  | 'markNotifications'
  | 'getNotificationPreferences'
  | 'updateNotificationPreferences'
>

const waitingAtMost = 500

/** What waits for a person, and what people are told. */
export function inboxHandlers(deps: ServerDeps): InboxHandlers {
  return {
    async getInbox(_request, { actor, principal }) {
      const { among } = await projectFilter(deps, principal, undefined)
      const [rows, unread] = await Promise.all([
        listWaitingChanges(deps.db, { among, limit: waitingAtMost }),
        countUnread(deps.db, actor.userId),
      ])
      const facts = await summaryFacts(deps.db, rows)
      const waiting = rows.flatMap((row) => {
        const fact = facts.get(row.id)
        return fact ? [changeSummary(row, fact)] : []
      })
      return { waiting, unread }
    },
    async listNotifications({ query }, { actor, principal }) {
      const { among } = await projectFilter(deps, principal, undefined)
      const rows = await listNotifications(deps.db, {
        userId: actor.userId,
        among,
        unread: query.unread === undefined ? undefined : query.unread === 'true',
        before: query.before,
        limit: query.limit + 1,
      })
      const items = rows.slice(0, query.limit).map(notificationView)
      return { items, next: rows.length > query.limit ? (items.at(-1)?.id ?? null) : null }
    },
    async markNotifications({ body }, { actor }) {
      const readAt = 'ids' in body && !body.read ? null : deps.clock.now()
      const which = 'ids' in body ? { ids: body.ids } : { upTo: body.upTo }
      await deps.db.transaction().execute(async (tx) => {
        await markNotifications(tx, { userId: actor.userId, which, readAt })
        await appendEvent(tx, { type: 'inbox.changed', data: { users: [actor.userId] } })
      })
      return { unread: await countUnread(deps.db, actor.userId) }
    },
    async getNotificationPreferences(_request, { actor }) {
      const own = (await preferencesOf(deps.db, [actor.userId])).get(actor.userId)
      return { muted: own?.muted ?? [], mineOnly: own?.mine_only ?? false }
    },
    async updateNotificationPreferences({ body }, { actor }) {
      await savePreferences(deps.db, {
        user_id: actor.userId,
        muted: [...new Set(body.muted)],
        mine_only: body.mineOnly,
      })
      return body
    },
  }
}

function notificationView(row: NotificationRow): NotificationView {
  return {
    id: row.id,
    at: row.at.toISOString(),
    kind: row.kind,
    title: row.title,
    text: row.body,
    projectId: row.project_id,
    projectSlug: row.project_slug,
    changeId: row.change_id,
    deploymentId: row.deployment_id,
    readAt: row.read_at?.toISOString() ?? null,
  }
}
