import type { NotificationKind } from '@signalbox/core/domain/notification.ts'
import type { Generated } from 'kysely'

export interface NotificationsTable {
  id: Generated<number>
  user_id: string
  event_id: number
  at: Date
  kind: NotificationKind
  title: string
  body: Generated<string>
  project_id: string
  change_id: string | null
  deployment_id: string | null
  read_at: Date | null
}

export interface NotificationCursorTable {
  one: Generated<boolean>
  event_id: number
}

export interface NotificationPreferencesTable {
  user_id: string
  muted: Generated<NotificationKind[]>
  mine_only: Generated<boolean>
}
