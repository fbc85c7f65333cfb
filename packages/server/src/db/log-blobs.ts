import { sql } from 'kysely'
import { inTransaction, type Queryable } from './connect.ts'
import { type LogBlob, lineCount } from './log-chunks.ts'

/** One attempt of a job: what has one log. */
export interface LogOf {
  jobId: string
  attempt: number
}

const roundLock = 0x73626c67
const blobsLock = 0x73626c68

/** Whether this process is the one that moves logs now: until the transaction ends, nobody else does. */
export async function lockLogRound(tx: Queryable): Promise<boolean> {
  const { rows } = await sql<{
    mine: boolean
  }>`select pg_try_advisory_xact_lock(${roundLock}) as mine`.execute(tx)
  return rows[0]?.mine ?? false
}

/**
 * Attempts of jobs completed before `before` whose lines are rows, in order, after one of them. It hops from log to
 * log by the key's index: what lines each has is not read.
 */
export async function logsToMove(
  db: Queryable,
  where: { before: Date; after: LogOf | undefined; limit: number },
): Promise<LogOf[]> {
  const from = where.after ?? { jobId: '00000000-0000-0000-0000-000000000000', attempt: 0 }
  const { rows } = await sql<LogOf>`
    with recursive logs as (
      (select job_id, attempt from log_chunks where (job_id, attempt) > (${from.jobId}::uuid, ${from.attempt}::int)
        order by job_id, attempt limit 1)
      union all
      select next.job_id, next.attempt from logs, lateral (
        select job_id, attempt from log_chunks where (job_id, attempt) > (logs.job_id, logs.attempt)
        order by job_id, attempt limit 1) next
    )
    select logs.job_id as "jobId", logs.attempt from logs join jobs on jobs.id = logs.job_id
    where jobs.status = 'completed' and jobs.completed_at <= ${where.before}
      and not exists (select from log_blobs b where b.job_id = logs.job_id and b.attempt = logs.attempt)
    limit ${where.limit}`.execute(db)
  return rows
}

/**
 * In one transaction: the row that says where the log is, and the end of its lines as rows. `blobStands` is asked
 * while nobody can delete blobs of logs. False and nothing written when the log is moved already, its job is gone or
 * under way, rows hold other lines than the blob, or the blob is gone.
 */
export async function moveLogToBlob(
  db: Queryable,
  log: LogOf & LogBlob,
  blobStands: () => Promise<boolean>,
): Promise<boolean> {
  return await inTransaction(db, async (tx) => {
    await sql`select pg_advisory_xact_lock(${blobsLock})`.execute(tx)
    const job = await tx
      .selectFrom('jobs')
      .select('id')
      .where('id', '=', log.jobId)
      .where('status', '=', 'completed')
      .forUpdate()
      .executeTakeFirst()
    if (!job || (await lineCount(tx, log)) !== log.lastLine || !(await blobStands())) return false
    const { jobId: job_id, attempt, blobKey: blob_key, lastLine: line_count, sizeBytes: size_bytes } = log
    const stored = await tx
      .insertInto('log_blobs')
      .values({ job_id, attempt, blob_key, line_count, size_bytes, parts: log.parts })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    if (stored.numInsertedOrUpdatedRows !== 1n) return false
    await tx.deleteFrom('log_chunks').where('job_id', '=', job_id).where('attempt', '=', attempt).execute()
    return true
  })
}

/** Calls `remove` for a blob that no row names, while nobody can store a row that does; whether it did. */
export async function removeUnnamedLog(
  db: Queryable,
  blobKey: string,
  remove: () => Promise<void>,
): Promise<boolean> {
  return await inTransaction(db, async (tx) => {
    await sql`select pg_advisory_xact_lock(${blobsLock})`.execute(tx)
    const named = await tx
      .selectFrom('log_blobs')
      .select('job_id')
      .where('blob_key', '=', blobKey)
      .executeTakeFirst()
    if (named) return false
    await remove()
    return true
  })
}
