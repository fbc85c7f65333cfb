import { type Insertable, type Selectable, sql, type Transaction } from 'kysely'
import type { Queryable } from './connect.ts'
import type { NotificationPreferencesTable, NotificationsTable } from './schema/inbox.ts'
import type { Database } from './schema.ts'

export type NotificationRow = Selectable<NotificationsTable> & { project_slug: string }
export type Preferences = Selectable<NotificationPreferencesTable>

/** How far events were told, locked until the transaction ends; undefined while another process is at it. */
export async function lockNotificationCursor(tx: Transaction<Database>): Promise<number | undefined> {
  const row = await tx
    .selectFrom('notification_cursor')
    .select('event_id')
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
  return row?.event_id
}

export async function moveNotificationCursor(tx: Transaction<Database>, eventId: number): Promise<void> {
  await tx.updateTable('notification_cursor').set({ event_id: eventId }).execute()
}

/** Stores what people are told; what a person was told already is left as it is. How many were new. */
export async function insertNotifications(
  db: Queryable,
  rows: Insertable<NotificationsTable>[],
): Promise<number> {
  if (rows.length === 0) return 0
  const result = await db
    .insertInto('notifications')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['user_id', 'event_id']).doNothing())
    .executeTakeFirst()
  return Number(result.numInsertedOrUpdatedRows ?? 0n)
}

/** A person's notifications, newest first. */
export function listNotifications(
  db: Queryable,
  where: { userId: string; among?: string[]; unread?: boolean; before?: number; limit: number },
): Promise<NotificationRow[]> {
  let query = db
    .selectFrom('notifications')
    .innerJoin('projects', 'projects.id', 'notifications.project_id')
    .selectAll('notifications')
    .select('projects.slug as project_slug')
    .where('user_id', '=', where.userId)
    .orderBy('notifications.id', 'desc')
    .limit(where.limit)
  if (where.among !== undefined)
    query = query.where('project_id', '=', sql<string>`any(${where.among}::uuid[])`)
  if (where.before !== undefined) query = query.where('notifications.id', '<', where.before)
  if (where.unread !== undefined) query = query.where('read_at', where.unread ? 'is' : 'is not', null)
  return query.execute()
}

export async function countUnread(db: Queryable, userId: string): Promise<number> {
  const row = await db
    .selectFrom('notifications')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('user_id', '=', userId)
    .where('read_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** Marks a person's own notifications: the ones named, or all up to and with one. */
export async function markNotifications(
  db: Queryable,
  input: { userId: string; which: { ids: number[] } | { upTo: number }; readAt: Date | null },
): Promise<void> {
  const { which } = input
  const query = db
    .updateTable('notifications')
    .set({ read_at: input.readAt })
    .where('user_id', '=', input.userId)
    .where('read_at', input.readAt ? 'is' : 'is not', null)
  if ('ids' in which) await query.where('id', '=', sql<number>`any(${which.ids}::bigint[])`).execute()
  else await query.where('id', '<=', which.upTo).execute()
}

/** What is told about a change that no longer waits is no question any more. */
export async function readAnswered(db: Queryable, changeId: string, now: Date): Promise<string[]> {
  const rows = await db
    .updateTable('notifications')
    .set({ read_at: now })
    .where('change_id', '=', changeId)
    .where('kind', '=', 'needs_you')
    .where('read_at', 'is', null)
    .returning('user_id')
    .execute()
  return rows.map((row) => row.user_id)
}

/** The preferences that are not the default, by person. */
export async function preferencesOf(db: Queryable, userIds: string[]): Promise<Map<string, Preferences>> {
  const rows = await db
    .selectFrom('notification_preferences')
    .selectAll()
    .where('user_id', '=', sql<string>`any(${userIds}::uuid[])`)
    .execute()
  return new Map(rows.map((row) => [row.user_id, row]))
}

export async function savePreferences(db: Queryable, row: Preferences): Promise<void> {
  const { muted, mine_only } = row
  await db
    .insertInto('notification_preferences')
    .values(row)
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ muted, mine_only }))
    .execute()
}

/** Everybody who sees this project and so is told of it, before their preferences. */
export async function peopleToTell(db: Queryable, projectId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('users')
    .select('id')
    .where('disabled_at', 'is', null)
    .where(({ or, eb, exists, selectFrom }) =>
      or([
        eb('role', '<>', 'user'),
        exists(
          selectFrom('members')
            .select('members.role')
            .whereRef('members.user_id', '=', 'users.id')
            .where('members.project_id', '=', projectId),
        ),
      ]),
    )
    .orderBy('id')
    .execute()
  return rows.map((row) => row.id)
}
