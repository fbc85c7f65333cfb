import { type ChangeState, newChange } from '@signalbox/core/domain/change.ts'
import { type Insertable, sql } from 'kysely'
import { inTransaction, type Queryable } from './connect.ts'
import { takeNumber } from './projects.ts'
import type { ChangesTable } from './schema/changes.ts'
import { type ChangeRow, changeColumns } from './state-of.ts'

export type NewChangeRow = Pick<
  Insertable<ChangesTable>,
  'id' | 'project_id' | 'title' | 'goal' | 'mode' | 'created_by'
> & { now: Date; state?: ChangeState }

/** A change that starts to be worked on, or in another state of its beginning, with the project's next number. The caller appends its event. */
export function insertChange(db: Queryable, { now, state, ...change }: NewChangeRow): Promise<ChangeRow> {
  return inTransaction(db, async (tx) =>
    tx
      .insertInto('changes')
      .values({
        ...change,
        ...changeColumns(state ?? newChange),
        number: await takeNumber(tx, change.project_id),
        created_at: now,
        updated_at: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow(),
  )
}

export function findChange(db: Queryable, id: string): Promise<ChangeRow | undefined> {
  return db.selectFrom('changes').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Newest first, at most `limit`; `before` is the id of the last one of the page before. */
export function listChanges(
  db: Queryable,
  where: { projectId?: string; among?: string[]; open?: boolean; before?: string; limit: number },
): Promise<ChangeRow[]> {
  let query = db.selectFrom('changes').selectAll().orderBy('id', 'desc').limit(where.limit)
  if (where.projectId !== undefined) query = query.where('project_id', '=', where.projectId)
  if (where.among !== undefined)
    query = query.where('project_id', '=', sql<string>`any(${where.among}::uuid[])`)
  if (where.before !== undefined) query = query.where('id', '<', where.before)
  if (where.open !== undefined) query = query.where('status', where.open ? '<>' : '=', 'completed')
  return query.execute()
}

/** Changes that wait for a person, the longest waiting first. */
export function listWaitingChanges(
  db: Queryable,
  where: { among?: string[]; limit: number },
): Promise<ChangeRow[]> {
  let query = db
    .selectFrom('changes')
    .selectAll()
    .where(({ eb, exists, selectFrom, or }) =>
      or([
        eb('status', '=', 'waiting'),
        exists(
          selectFrom('agent_questions')
            .innerJoin('agent_runs', 'agent_runs.id', 'agent_questions.agent_run_id')
            .select('agent_questions.id')
            .whereRef('agent_runs.change_id', '=', 'changes.id')
            .where('agent_questions.status', '=', 'waiting')
            .where('agent_runs.status', '=', 'in_progress'),
        ),
      ]),
    )
    .where('status', 'in', ['waiting', 'working'])
    .orderBy('updated_at')
    .orderBy('id')
    .limit(where.limit)
  if (where.among !== undefined)
    query = query.where('project_id', '=', sql<string>`any(${where.among}::uuid[])`)
  return query.execute()
}

/** Every change that is not completed, oldest first: what the reconciler walks. */
export function listOpenChanges(db: Queryable): Promise<ChangeRow[]> {
  return db.selectFrom('changes').selectAll().where('status', '<>', 'completed').orderBy('id').execute()
}

/** Changes whose back-off before the next fix is over, the longest due first. */
export function dueFixes(db: Queryable, now: Date): Promise<ChangeRow[]> {
  return db
    .selectFrom('changes')
    .selectAll()
    .where('status', '=', 'fixing')
    .where('retry_at', '<=', now)
    .orderBy('retry_at')
    .execute()
}

/** Ties a change to the run that proves it, behind the fence; false when another process was quicker. */
export async function setValidationRun(
  db: Queryable,
  input: { id: string; fence: number; runId: string; now: Date },
): Promise<boolean> {
  const result = await db
    .updateTable('changes')
    .set({ validation_run_id: input.runId, updated_at: input.now, fence: sql<number>`fence + 1` })
    .where('id', '=', input.id)
    .where('fence', '=', input.fence)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}
