import type { Selectable } from 'kysely'
import { sql } from 'kysely'
import type { Queryable } from './connect.ts'
import type { AnnotationsTable, StepSummariesTable } from './schema/runs.ts'

/** What a worker writes beside steps and lines, behind the job's fence. */
interface JobKey {
  jobId: string
  attempt: number
  fence: number
  step: number
}

export type AnnotationFacts = Pick<
  Selectable<AnnotationsTable>,
  'id' | 'level' | 'message' | 'title' | 'file' | 'line' | 'end_line' | 'col' | 'end_column'
>

/** What a job may add, of all its steps: more help nobody and would fill the disk. */
export const maxAnnotationsOfJob = 500

const clean = (text: string | null): string | null => text?.replaceAll('\0', '\ufffd').toWellFormed() ?? null

/** One annotation of a running job, once however often it is written; false and nothing written when the job is another's now. */
export async function insertAnnotation(db: Queryable, key: JobKey, facts: AnnotationFacts): Promise<boolean> {
  if (!(await lockJob(db, key))) return false
  const count = await db
    .selectFrom('annotations')
    .select(sql<number>`count(*)`.as('count'))
    .where('job_id', '=', key.jobId)
    .executeTakeFirstOrThrow()
  if (count.count >= maxAnnotationsOfJob) return true
  const { jobId, attempt, step } = key
  await db
    .insertInto('annotations')
    .values({
      ...facts,
      job_id: jobId,
      attempt,
      step,
      message: clean(facts.message) ?? '',
      title: clean(facts.title),
      file: clean(facts.file),
      // Not the transaction's time, which several of them share.
      created_at: sql`clock_timestamp()`,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return true
}

/** The summary of a step, added to what it wrote before; false and nothing written when the job is another's now. */
export async function appendSummary(db: Queryable, key: JobKey, text: string): Promise<boolean> {
  if (!(await lockJob(db, key))) return false
  const { jobId, attempt, step } = key
  await db
    .insertInto('step_summaries')
    .values({ job_id: jobId, attempt, step, text: clean(text) ?? '' })
    .onConflict((conflict) =>
      conflict.columns(['job_id', 'attempt', 'step']).doUpdateSet({
        // A write that is repeated after a lost connection finds its text there already.
        text: sql`case when right(step_summaries.text, length(excluded.text)) = excluded.text
          then step_summaries.text else left(step_summaries.text || excluded.text, 1048576) end`,
      }),
    )
    .execute()
  return true
}

async function lockJob(db: Queryable, key: JobKey): Promise<boolean> {
  const job = await db
    .selectFrom('jobs')
    .select('id')
    .where('id', '=', key.jobId)
    .where('attempt', '=', key.attempt)
    .where('fence', '=', key.fence)
    .forShare()
    .executeTakeFirst()
  return job !== undefined
}

/** The annotations of the newest attempt of every job of a run, in the order in which they came. */
export function annotationsByRun(db: Queryable, runId: string): Promise<Selectable<AnnotationsTable>[]> {
  return db
    .selectFrom('annotations')
    .innerJoin('jobs', (join) =>
      join.onRef('jobs.id', '=', 'annotations.job_id').onRef('jobs.attempt', '=', 'annotations.attempt'),
    )
    .selectAll('annotations')
    .where('jobs.run_id', '=', runId)
    .orderBy('annotations.created_at')
    .orderBy('annotations.id')
    .limit(1000)
    .execute()
}

/** The summaries of the newest attempt of every job of a run, cut to what a page may hold. */
export function summariesByRun(
  db: Queryable,
  runId: string,
  maxChars: number,
): Promise<Selectable<StepSummariesTable>[]> {
  return db
    .selectFrom('step_summaries')
    .innerJoin('jobs', (join) =>
      join
        .onRef('jobs.id', '=', 'step_summaries.job_id')
        .onRef('jobs.attempt', '=', 'step_summaries.attempt'),
    )
    .select(['step_summaries.job_id', 'step_summaries.attempt', 'step_summaries.step'])
    .select(sql<string>`left(step_summaries.text, ${maxChars})`.as('text'))
    .where('jobs.run_id', '=', runId)
    .orderBy('jobs.position')
    .orderBy('jobs.leg')
    .orderBy('step_summaries.step')
    .limit(100)
    .execute()
}
