import { type Insertable, sql } from 'kysely'
import type { Queryable } from './connect.ts'
import type { JobsTable, StoredWish } from './schema/runs.ts'
import type { JobRow } from './state-of.ts'
import { storableJson } from './storable.ts'

export type NewJobRow = Pick<
  Insertable<JobsTable>,
  'id' | 'run_id' | 'key' | 'name' | 'needs' | 'position' | 'calls'
> & {
  /** The key in its workflow, when it is another: a called job's key has its caller's before it. */
  job_key?: string
  caller_id?: string
  runsOn?: StoredWish | undefined
}

/** The queued jobs of a run. */
export async function insertJobs(db: Queryable, jobs: NewJobRow[]): Promise<JobRow[]> {
  if (jobs.length === 0) return []
  return db
    .insertInto('jobs')
    .values(
      jobs.map(({ runsOn, ...job }) => ({
        ...job,
        job_key: job.job_key ?? job.key,
        status: 'queued' as const,
        runs_on: runsOn ? storableJson(runsOn) : null,
      })),
    )
    .returningAll()
    .execute()
}

export function findJob(db: Queryable, id: string): Promise<JobRow | undefined> {
  return db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst()
}

/** The jobs of a run in the order of the file, those of a called workflow after the job that called it. */
export async function jobsByRun(db: Queryable, runId: string): Promise<JobRow[]> {
  const rows = await db
    .selectFrom('jobs')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('position')
    .orderBy('leg')
    .execute()
  return calledAfterCallers(rows)
}

function calledAfterCallers(rows: JobRow[]): JobRow[] {
  if (rows.every((row) => row.caller_id === null)) return rows
  const called = Map.groupBy(rows, (row) => row.caller_id)
  const follow = (caller: string | null): JobRow[] =>
    (called.get(caller) ?? []).flatMap((row) => [row, ...follow(row.id)])
  return follow(null)
}

/** The jobs of many runs at once, in the order of their files. */
export async function jobsByRuns(db: Queryable, runIds: string[]): Promise<JobRow[]> {
  const rows = await db
    .selectFrom('jobs')
    .selectAll()
    .where('run_id', '=', sql<string>`any(${runIds}::uuid[])`)
    .orderBy('run_id')
    .orderBy('position')
    .orderBy('leg')
    .execute()
  return calledAfterCallers(rows)
}

/**
 * A sign of life of the job's worker, and what it learns by it. `current` false: the job is another's now or
 * over, so stop. `cancelRequested`: the job is to end, `reason`: in favour of what. `forced`: at once, with its `always()` steps.
 */
export async function heartbeatJob(
  db: Queryable,
  input: { id: string; fence: number; now: Date },
): Promise<{ current: boolean; cancelRequested: boolean; forced: boolean; reason: string | null }> {
  const row = await db
    .updateTable('jobs')
    .from('runs')
    .set({ heartbeat_at: input.now })
    .whereRef('runs.id', '=', 'jobs.run_id')
    .where('jobs.id', '=', input.id)
    .where('jobs.fence', '=', input.fence)
    .where('jobs.status', '=', 'in_progress')
    .returning([
      'runs.cancel_requested as run',
      'runs.cancel_forced as forced',
      'jobs.cancel_requested as job',
      'jobs.despite_cancel as despite',
      'runs.cancel_reason as run_reason',
      'jobs.cancel_reason as job_reason',
    ])
    .executeTakeFirst()
  if (!row) return { current: false, cancelRequested: false, forced: false, reason: null }
  const cancelRequested = row.job || row.forced || (row.run && !row.despite)
  return { current: true, cancelRequested, forced: row.forced, reason: row.job_reason ?? row.run_reason }
}

/**
 * Lets a waiting job of a cancelled run begin all the same. False and nothing written when it moved since it was
 * read.
 */
export async function allowDespiteCancel(
  db: Queryable,
  { id, fence }: Pick<JobRow, 'id' | 'fence'>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('jobs')
    .set({ despite_cancel: true })
    .where('id', '=', id)
    .where('fence', '=', fence)
    .where('status', '=', 'queued')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** The commit that a turn of an agent began from, while a worker holds its job by this fence; else undefined. */
export async function heldTurn(
  db: Queryable,
  held: { projectId: string; jobId: string; fence: number },
): Promise<{ base: string } | undefined> {
  return await db
    .selectFrom('jobs')
    .innerJoin('runs', 'runs.id', 'jobs.run_id')
    .select('runs.commit_id as base')
    .where('jobs.id', '=', held.jobId)
    .where('jobs.fence', '=', held.fence)
    .where('jobs.status', '=', 'in_progress')
    .where('runs.project_id', '=', held.projectId)
    .where('runs.kind', '=', 'agent')
    .executeTakeFirst()
}

/** When the last of the jobs that this one needs completed; undefined: none of them did. */
export async function lastEndOf(
  db: Queryable,
  job: Pick<JobRow, 'run_id' | 'caller_id' | 'needs'>,
): Promise<Date | undefined> {
  const row = await db
    .selectFrom('jobs')
    .select((is) => is.fn.max('completed_at').as('at'))
    .where('run_id', '=', job.run_id)
    .where('caller_id', job.caller_id === null ? 'is' : '=', job.caller_id)
    .where('job_key', '=', sql<string>`any(${job.needs}::text[])`)
    .executeTakeFirst()
  return row?.at ?? undefined
}

/** Asks one job to stop: a wish beside its state, so the fence stays; its worker ends it. False: it does not run. */
export async function requestJobCancel(db: Queryable, id: string, reason?: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('jobs')
    .set({ cancel_requested: true, ...(reason !== undefined && { cancel_reason: reason }) })
    .where('id', '=', id)
    .where('status', '=', 'in_progress')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Jobs in progress whose worker has shown no sign of life since then, the longest silent first. */
export function staleJobs(db: Queryable, before: Date): Promise<JobRow[]> {
  return db
    .selectFrom('jobs')
    .selectAll()
    .where('status', '=', 'in_progress')
    .where('calls', 'is', null)
    .where((is) => is.or([is('heartbeat_at', '<', before), is('heartbeat_at', 'is', null)]))
    .orderBy('heartbeat_at')
    .execute()
}

/** Every job that is not completed and that a worker runs, oldest first. */
export function openJobs(db: Queryable): Promise<JobRow[]> {
  return db
    .selectFrom('jobs')
    .selectAll()
    .where('status', '<>', 'completed')
    .where('calls', 'is', null)
    .orderBy('id')
    .execute()
}

/** Behind the fence; false and nothing written when the job is another's now. */
export async function setJobOutputs(
  db: Queryable,
  input: { id: string; fence: number; outputs: Record<string, string> },
): Promise<boolean> {
  const result = await db
    .updateTable('jobs')
    .set({ outputs: storableJson(input.outputs) })
    .where('id', '=', input.id)
    .where('fence', '=', input.fence)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** How many jobs wait and how many run, of all projects. */
export async function countOpenJobs(db: Queryable): Promise<{ queued: number; inProgress: number }> {
  const rows = await db
    .selectFrom('jobs')
    .select(['status', sql<number>`count(*)`.as('count')])
    .where('status', '<>', 'completed')
    .where('calls', 'is', null)
    .groupBy('status')
    .execute()
  const of = (status: string) => rows.find((row) => row.status === status)?.count ?? 0
  return { queued: of('queued'), inProgress: of('in_progress') }
}

/** Stores the worker that a queued job wants, once its expressions are known. */
export async function setRunsOn(db: Queryable, id: string, wish: StoredWish): Promise<void> {
  await db
    .updateTable('jobs')
    .set({ runs_on: storableJson(wish) })
    .where('id', '=', id)
    .where('status', '=', 'queued')
    .execute()
}

/** Stores that no worker fits a queued job, the first time; false when that was known. */
export async function markNoWorker(db: Queryable, id: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('jobs')
    .set({ no_worker_since: now })
    .where('id', '=', id)
    .where('status', '=', 'queued')
    .where('no_worker_since', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
