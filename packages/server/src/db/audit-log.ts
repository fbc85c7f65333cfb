import { type Insertable, type Selectable, sql } from 'kysely'
import type { Queryable } from './connect.ts'
import type { AuditLogTable } from './schema/audit.ts'
import { storableJson } from './storable.ts'

export type AuditRow = Selectable<AuditLogTable>

export type NewAuditRow = Omit<
  Insertable<AuditLogTable>,
  'id' | 'at' | 'asked' | 'before' | 'after' | 'outcome' | 'status'
> & { asked: unknown }

/** Opens a row before the write that it is about; its id. */
export async function openAudit(db: Queryable, { asked, ...row }: NewAuditRow): Promise<number> {
  const opened = await db
    .insertInto('audit_log')
    .values({ ...row, asked: asked === undefined ? null : storableJson(asked) })
    .returning('id')
    .executeTakeFirstOrThrow()
  return opened.id
}

/** Closes a row with how the write ended. */
export async function closeAudit(
  db: Queryable,
  input: {
    id: number
    status: number
    outcome: AuditRow['outcome']
    before: unknown
    after: unknown
    objectId?: string
    /** Whom it signed in: the row was opened in nobody's name. */
    user?: { id: string; name: string }
  },
): Promise<void> {
  await db
    .updateTable('audit_log')
    .set({
      ...(input.user && { user_id: input.user.id, user_name: input.user.name }),
      status: input.status,
      outcome: input.outcome,
      before: storableJson(input.before),
      after: storableJson(input.after),
      ...(input.objectId === undefined
        ? {}
        : { object_id: sql<string>`coalesce(object_id, ${input.objectId})` }),
    })
    .where('id', '=', input.id)
    .execute()
}

export interface AuditFilter {
  projectId?: string
  userId?: string
  action?: string
  /** A part of the action, the person's name, the object or what was written. */
  text?: string
  since?: Date
  until?: Date
  /** Rows below this id. */
  before?: number
  limit: number
}

/** Rows of the log, newest first. */
export function listAudit(db: Queryable, filter: AuditFilter): Promise<AuditRow[]> {
  let query = db.selectFrom('audit_log').selectAll().orderBy('id', 'desc').limit(filter.limit)
  if (filter.projectId !== undefined) query = query.where('project_id', '=', filter.projectId)
  if (filter.userId !== undefined) query = query.where('user_id', '=', filter.userId)
  if (filter.action !== undefined) query = query.where('action', '=', filter.action)
  if (filter.since !== undefined) query = query.where('at', '>=', filter.since)
  if (filter.until !== undefined) query = query.where('at', '<', filter.until)
  if (filter.before !== undefined) query = query.where('id', '<', filter.before)
  if (filter.text !== undefined) {
    const pattern = `%${filter.text.replace(/[\\%_]/g, '\\$&')}%`
    query = query.where((eb) =>
      eb.or([
        eb('action', 'ilike', pattern),
        eb('user_name', 'ilike', pattern),
        eb('object_id', 'ilike', pattern),
        eb('ip', 'ilike', pattern),
        eb(sql<string>`asked::text`, 'ilike', pattern),
        eb(sql<string>`after::text`, 'ilike', pattern),
      ]),
    )
  }
  return query.execute()
}
