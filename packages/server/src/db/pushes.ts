import type { Queryable } from './connect.ts'

/** A push that is about to be taken. */
export async function insertPush(
  db: Queryable,
  push: { id: string; projectId: string; now: Date },
): Promise<void> {
  const { id, projectId: project_id, now: started_at } = push
  await db.insertInto('pushes').values({ id, project_id, started_at }).execute()
}

/** It was looked at to its end. */
export async function deletePush(db: Queryable, id: string): Promise<void> {
  await db.deleteFrom('pushes').where('id', '=', id).execute()
}

/** Pushes whose end nobody has seen yet, oldest first. */
export function openPushes(db: Queryable): Promise<{ id: string; project_id: string; started_at: Date }[]> {
  return db.selectFrom('pushes').selectAll().orderBy('started_at').execute()
}
