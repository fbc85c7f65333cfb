import { newId } from '@signalbox/core/base/ids.ts'
import type { JsonValue } from '@signalbox/core/base/json.ts'
import { type Insertable, type Selectable, sql } from 'kysely'
import type { Queryable } from './connect.ts'
import type { OccurrencesTable, StoredVerdict } from './schema/occurrences.ts'
import type { RunRow } from './state-of.ts'
import { storableJson } from './storable.ts'

export type OccurrenceRow = Selectable<OccurrencesTable>

export type NewOccurrence = Pick<
  Insertable<OccurrencesTable>,
  | 'project_id'
  | 'change_id'
  | 'name'
  | 'action'
  | 'ref'
  | 'commit_id'
  | 'before_commit'
  | 'branch'
  | 'trusted'
  | 'depth'
  | 'key'
> & { payload?: Record<string, JsonValue> }

/** Undefined when one with its key is there already. */
export function insertOccurrence(
  db: Queryable,
  { payload, ...row }: NewOccurrence,
): Promise<OccurrenceRow | undefined> {
  return db
    .insertInto('occurrences')
    .values({ ...row, id: newId(), payload: storableJson(payload ?? {}) })
    .onConflict((conflict) =>
      conflict.columns(['project_id', 'key']).where('key', 'is not', null).doNothing(),
    )
    .returningAll()
    .executeTakeFirst()
}

export function findOccurrence(db: Queryable, id: string): Promise<OccurrenceRow | undefined> {
  return db.selectFrom('occurrences').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Takes an open one for the transaction: undefined when it was answered, or somebody else is at it. */
export function lockOpenOccurrence(tx: Queryable, id: string): Promise<OccurrenceRow | undefined> {
  return tx
    .selectFrom('occurrences')
    .selectAll()
    .where('id', '=', id)
    .where('status', '=', 'open')
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
}

/** It was answered. */
export async function endOccurrence(
  db: Queryable,
  { id, verdicts, now }: { id: string; verdicts: StoredVerdict[]; now: Date },
): Promise<void> {
  await db
    .updateTable('occurrences')
    .set({ status: 'done', verdicts: storableJson(verdicts), done_at: now })
    .where('id', '=', id)
    .where('status', '=', 'open')
    .execute()
}

/** Those that nobody has answered yet, oldest first: what the reconciler walks. */
export function openOccurrences(db: Queryable): Promise<Pick<OccurrenceRow, 'id'>[]> {
  return db
    .selectFrom('occurrences')
    .select('id')
    .where('status', '=', 'open')
    .orderBy('id')
    .limit(1000)
    .execute()
}

/** What happened in a project, newest first. */
export function listOccurrences(
  db: Queryable,
  where: { projectId: string; limit: number },
): Promise<OccurrenceRow[]> {
  return db
    .selectFrom('occurrences')
    .selectAll()
    .where('project_id', '=', where.projectId)
    .orderBy('id', 'desc')
    .limit(where.limit)
    .execute()
}

/** The occurrences of a change for one commit, oldest first. */
export function occurrencesOfChange(
  db: Queryable,
  where: { changeId: string; name: string; commitId?: string },
): Promise<OccurrenceRow[]> {
  let query = db
    .selectFrom('occurrences')
    .selectAll()
    .where('change_id', '=', where.changeId)
    .where('name', '=', where.name)
    .orderBy('id')
  if (where.commitId !== undefined) query = query.where('commit_id', '=', where.commitId)
  return query.execute()
}

/** The runs that these occurrences started, repeated ones included, oldest first. */
export function runsOfOccurrences(db: Queryable, ids: string[]): Promise<RunRow[]> {
  return db
    .selectFrom('runs')
    .selectAll()
    .where('occurrence_id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('id')
    .execute()
}

/** Forgets what was answered before a time, but for what open changes are judged by. */
export async function deleteOldOccurrences(db: Queryable, before: Date): Promise<number> {
  const gone = await db
    .deleteFrom('occurrences')
    .where('status', '=', 'done')
    .where('created_at', '<', before)
    .where((eb) =>
      eb.or([
        eb('change_id', 'is', null),
        eb('change_id', 'in', eb.selectFrom('changes').select('id').where('status', '=', 'completed')),
      ]),
    )
    .executeTakeFirst()
  return Number(gone.numDeletedRows)
}
