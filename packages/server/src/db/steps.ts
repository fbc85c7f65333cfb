import type { Insertable, Transaction } from 'kysely'
import type { Queryable } from './connect.ts'
import type { StepsTable } from './schema/runs.ts'
import type { Database } from './schema.ts'
import type { StepRow } from './state-of.ts'
import { storableJson } from './storable.ts'

/** What a step leaves beside its state. */
export interface StepFacts {
  kind?: 'run' | 'uses'
  exit_code?: number | null
  reason?: string | null
  outputs?: Record<string, string>
}

export interface StepKey {
  jobId: string
  attempt: number
  number: number
}

/** One step, or undefined. */
export function findStep(db: Queryable, key: StepKey): Promise<StepRow | undefined> {
  return db
    .selectFrom('steps')
    .selectAll()
    .where('job_id', '=', key.jobId)
    .where('attempt', '=', key.attempt)
    .where('number', '=', key.number)
    .executeTakeFirst()
}

/** The steps of one attempt in order. */
export function stepsByJobAttempt(db: Queryable, jobId: string, attempt: number): Promise<StepRow[]> {
  return db
    .selectFrom('steps')
    .selectAll()
    .where('job_id', '=', jobId)
    .where('attempt', '=', attempt)
    .orderBy('number')
    .execute()
}

/** The steps of the newest attempt of every job of a run, by job and number. */
export function stepsByRun(db: Queryable, runId: string): Promise<StepRow[]> {
  return db
    .selectFrom('steps')
    .innerJoin('jobs', (join) =>
      join.onRef('jobs.id', '=', 'steps.job_id').onRef('jobs.attempt', '=', 'steps.attempt'),
    )
    .selectAll('steps')
    .where('jobs.run_id', '=', runId)
    .orderBy('steps.job_id')
    .orderBy('steps.number')
    .execute()
}

/** Writes a step's row; only `moveStep` calls it, behind the job's fence. */
export function upsertStep(
  tx: Transaction<Database>,
  row: Omit<Insertable<StepsTable>, 'outputs'> & StepFacts,
): Promise<StepRow> {
  const { job_id, attempt, number, outputs, ...rest } = row
  const columns = outputs ? { ...rest, outputs: storableJson(outputs) } : rest
  return tx
    .insertInto('steps')
    .values({ job_id, attempt, number, ...columns })
    .onConflict((conflict) => conflict.columns(['job_id', 'attempt', 'number']).doUpdateSet(columns))
    .returningAll()
    .executeTakeFirstOrThrow()
}
