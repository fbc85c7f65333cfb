import type { Insertable, Selectable } from 'kysely'
import type { Queryable } from './connect.ts'
import type { SchedulesTable } from './schema/schedules.ts'

export type ScheduleRow = Selectable<SchedulesTable>

/** Makes a project's schedules these; one that was there before keeps its times. */
export async function replaceSchedules(
  tx: Queryable,
  projectId: string,
  schedules: Insertable<SchedulesTable>[],
): Promise<void> {
  const standing = await schedulesOfProject(tx, projectId)
  const key = (row: Insertable<SchedulesTable>) => JSON.stringify([row.workflow_file, row.cron, row.timezone])
  const wanted = new Set(schedules.map(key))
  for (const row of standing.filter((one) => !wanted.has(key(one)))) {
    await tx
      .deleteFrom('schedules')
      .where('project_id', '=', projectId)
      .where('workflow_file', '=', row.workflow_file)
      .where('cron', '=', row.cron)
      .where('timezone', '=', row.timezone)
      .execute()
  }
  for (const row of schedules) {
    await tx
      .insertInto('schedules')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['project_id', 'workflow_file', 'cron', 'timezone'])
          .doUpdateSet({ workflow_name: row.workflow_name }),
      )
      .execute()
  }
}

/** A project's schedules, what comes next first. */
export function schedulesOfProject(db: Queryable, projectId: string): Promise<ScheduleRow[]> {
  return db
    .selectFrom('schedules')
    .selectAll()
    .where('project_id', '=', projectId)
    .orderBy('next_at')
    .orderBy('workflow_file')
    .orderBy('cron')
    .execute()
}

/** Those whose time has come, oldest first. */
export function dueSchedules(db: Queryable, now: Date): Promise<ScheduleRow[]> {
  return db
    .selectFrom('schedules')
    .selectAll()
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .limit(500)
    .execute()
}

/** Moves a schedule on. Compare-and-set: false when another server has done so. */
export async function moveSchedule(
  tx: Queryable,
  row: ScheduleRow,
  set: { next_at: Date | null; last_at: Date | null; missed: number },
): Promise<boolean> {
  const moved = await tx
    .updateTable('schedules')
    .set(set)
    .where('project_id', '=', row.project_id)
    .where('workflow_file', '=', row.workflow_file)
    .where('cron', '=', row.cron)
    .where('timezone', '=', row.timezone)
    .where('next_at', '=', row.next_at)
    .executeTakeFirst()
  return moved.numUpdatedRows > 0n
}
