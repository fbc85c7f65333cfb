import type { JsonValue } from '@signalbox/core/base/json.ts'
import { type Insertable, sql } from 'kysely'
import { inTransaction, type Queryable } from './connect.ts'
import { takeNumber } from './projects.ts'
import type { RunsTable } from './schema/runs.ts'
import type { RunRow } from './state-of.ts'
import { storableJson } from './storable.ts'

export type NewRun = Pick<
  Insertable<RunsTable>,
  | 'id'
  | 'project_id'
  | 'change_id'
  | 'kind'
  | 'name'
  | 'workflow_file'
  | 'workflow_text'
  | 'workflow_source'
  | 'commit_id'
  | 'ref'
  | 'trusted'
  | 'attempt'
  | 'rerun_of'
  | 'occurrence_id'
  | 'event_name'
  | 'event_depth'
> & {
  subject?: Record<string, unknown>
  inputs?: Record<string, string | number | boolean>
  event?: Record<string, JsonValue>
  called_workflows?: Record<string, string>
  kept?: Record<string, Record<string, string>>
  actions_lock?: string | null
}

/** A queued run with the project's next number. The caller appends its event. */
export function insertRun(
  db: Queryable,
  { subject, inputs, event, called_workflows, kept, ...run }: NewRun,
): Promise<RunRow> {
  return inTransaction(db, async (tx) =>
    tx
      .insertInto('runs')
      .values({
        ...run,
        subject: storableJson(subject ?? {}),
        inputs: storableJson(inputs ?? {}),
        event: storableJson(event ?? {}),
        called_workflows: storableJson(called_workflows ?? {}),
        kept: storableJson(kept ?? {}),
        status: 'queued',
        number: await takeNumber(tx, run.project_id, 'run'),
      })
      .returningAll()
      .executeTakeFirstOrThrow(),
  )
}

export function findRun(db: Queryable, id: string): Promise<RunRow | undefined> {
  return db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst()
}

/** A run as lists show it, with its project's slug and without its workflow. */
export type ListedRun = Pick<RunRow, (typeof listedColumns)[number]> & { project_slug: string }

const listedColumns = [
  'id',
  'number',
  'project_id',
  'change_id',
  'kind',
  'event_name',
  'name',
  'commit_id',
  'ref',
  'status',
  'conclusion',
  'reason',
  'created_at',
  'started_at',
  'completed_at',
] as const

/** Newest first, at most `limit`; `before` is the id of the last one of the page before. */
export function listRuns(
  db: Queryable,
  where: { projectId?: string; among?: string[]; before?: string; limit: number },
): Promise<ListedRun[]> {
  let query = db
    .selectFrom('runs')
    .innerJoin('projects', 'projects.id', 'runs.project_id')
    .select(listedColumns.map((column) => `runs.${column}` as const))
    .select('projects.slug as project_slug')
    .orderBy('runs.id', 'desc')
    .limit(where.limit)
  if (where.projectId !== undefined) query = query.where('runs.project_id', '=', where.projectId)
  if (where.among !== undefined)
    query = query.where('runs.project_id', '=', sql<string>`any(${where.among}::uuid[])`)
  if (where.before !== undefined) query = query.where('runs.id', '<', where.before)
  return query.execute()
}

/** The runs of a change, oldest first. */
export function runsByChange(db: Queryable, changeId: string): Promise<RunRow[]> {
  return db.selectFrom('runs').selectAll().where('change_id', '=', changeId).orderBy('id').execute()
}

/** Every run that is not completed, oldest first: what the reconciler walks. */
export function openRuns(db: Queryable): Promise<RunRow[]> {
  return db.selectFrom('runs').selectAll().where('status', '<>', 'completed').orderBy('id').execute()
}

/** A project's runs that are not completed, oldest first. */
export function openRunsOfProject(db: Queryable, projectId: string): Promise<RunRow[]> {
  return db
    .selectFrom('runs')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('status', '<>', 'completed')
    .orderBy('id')
    .execute()
}

/** The next validations that wait for a place, oldest first. */
export function queuedValidations(db: Queryable, limit: number): Promise<RunRow[]> {
  return db
    .selectFrom('runs')
    .selectAll()
    .where('status', '=', 'queued')
    .where('kind', '=', 'validation')
    .orderBy('id')
    .limit(limit)
    .execute()
}

const validationStartsLock = 7_310_001

/** Whoever counts the validations under way and starts one does so alone, until the transaction ends. */
export async function lockValidationStarts(tx: Queryable): Promise<void> {
  await sql`select pg_advisory_xact_lock(${validationStartsLock})`.execute(tx)
}

/** Validations in progress, of all projects. */
export async function countActiveValidations(db: Queryable): Promise<number> {
  const row = await db
    .selectFrom('runs')
    .select(sql<number>`count(*)`.as('count'))
    .where('status', '=', 'in_progress')
    .where('kind', '=', 'validation')
    .executeTakeFirstOrThrow()
  return row.count
}

/**
 * Asks a run to stop: a wish beside its state, so the fence stays; the run's own writer ends it. `force`: also
 * what would run after a cancel. `reason`: in favour of what. Undefined when it is completed or gone.
 */
export function requestCancel(
  db: Queryable,
  id: string,
  { force, reason }: { force: boolean; reason?: string },
): Promise<RunRow | undefined> {
  return db
    .updateTable('runs')
    .set({
      cancel_requested: true,
      ...(force && { cancel_forced: true }),
      ...(reason !== undefined && { cancel_reason: sql<string>`coalesce(cancel_reason, ${reason})` }),
    })
    .where('id', '=', id)
    .where('status', '<>', 'completed')
    .returningAll()
    .executeTakeFirst()
}
