import { sql } from 'kysely'
import type { Queryable } from './connect.ts'
import type { StoredLine } from './schema/runs.ts'
import { storableJson } from './storable.ts'

/** The channel that wakes viewers of a log; the payload is the job's id. */
export const logChannel = 'signalbox_log'

/** A stored line with its number; lines count from 1 within an attempt. */
export interface NumberedLine extends StoredLine {
  n: number
}

export interface LogChunk {
  jobId: string
  attempt: number
  /** The job's fence as its worker holds it. */
  fence: number
  /** Number of the first of `lines`, counted from 1. */
  firstLine: number
  lines: StoredLine[]
}

/** `appended` is false for a chunk that was there already; `stale`: the job belongs to another writer now. */
export type LogAppend = { ok: true; appended: boolean } | { ok: false; code: 'stale' }

/**
 * Adds lines and wakes viewers. The same chunk may be sent again (its number of the first line is its key);
 * a writer that lost the job is refused, also when it lost it while this statement ran.
 */
export async function appendLogChunk(db: Queryable, chunk: LogChunk): Promise<LogAppend> {
  if (chunk.lines.length === 0) return { ok: true, appended: false }
  const lines = storableJson(chunk.lines)
  const result = await sql<{ current: boolean; appended: boolean }>`
    with job as (
      select id from jobs
      where id = ${chunk.jobId} and attempt = ${chunk.attempt} and fence = ${chunk.fence} for share
    ), added as (
      insert into log_chunks (job_id, attempt, first_line, line_count, lines)
      select id, ${chunk.attempt}::int, ${chunk.firstLine}::int, ${chunk.lines.length}::int, ${lines}::jsonb from job
      on conflict do nothing returning job_id
    ), told as (
      select pg_notify(${logChannel}, job_id::text) from added
    )
    select exists (select from job) as current, exists (select from told) as appended`.execute(db)
  const row = result.rows[0]
  if (!row?.current) return { ok: false, code: 'stale' }
  return { ok: true, appended: row.appended }
}

/** Where a log that left the rows is stored. */
export interface LogBlob {
  blobKey: string
  /** Number of the last line in it. */
  lastLine: number
  sizeBytes: number
  /** Of each member of the blob the number of its first line and the byte where it begins, in turns. */
  parts: number[]
}

/**
 * Lines after a number that are rows, at most `limit`, and whether more rows stand after them now; and the blob
 * that holds lines after that number. Both are of one instant: a log that is moved meanwhile is in one of them.
 */
export async function readLog(
  db: Queryable,
  where: { jobId: string; attempt: number; after: number; limit: number },
): Promise<{ lines: NumberedLine[]; more: boolean; blob?: LogBlob }> {
  // From the chunk that holds the next line, only as many chunks as the page needs and one line beyond.
  const found = await sql<{ first_line: number; lines: StoredLine[]; blob: LogBlob | null }>`
    select first_line, lines, null::jsonb as blob from log_chunks
    where job_id = ${where.jobId} and attempt = ${where.attempt}
      and first_line <= ${where.after + where.limit + 1} and first_line >= coalesce((
        select max(first_line) from log_chunks
        where job_id = ${where.jobId} and attempt = ${where.attempt} and first_line <= ${where.after + 1}
      ), 0)
    union all
    select 0, '[]', jsonb_build_object('blobKey', blob_key, 'lastLine', line_count, 'sizeBytes', size_bytes, 'parts', parts)
    from log_blobs where job_id = ${where.jobId} and attempt = ${where.attempt} and line_count > ${where.after}
    order by first_line`.execute(db)
  const lines = found.rows
    .flatMap((chunk) => chunk.lines.map((line, index) => ({ ...line, n: chunk.first_line + index })))
    .filter((line) => line.n > where.after)
  const blob = found.rows.find((row) => row.blob)?.blob
  return { lines: lines.slice(0, where.limit), more: lines.length > where.limit, ...(blob ? { blob } : {}) }
}

/** How many lines an attempt has so far. */
export async function lineCount(db: Queryable, where: { jobId: string; attempt: number }): Promise<number> {
  const last = await db
    .selectFrom('log_chunks')
    .select(['first_line', 'line_count'])
    .where('job_id', '=', where.jobId)
    .where('attempt', '=', where.attempt)
    .orderBy('first_line', 'desc')
    .limit(1)
    .executeTakeFirst()
  return last ? last.first_line + last.line_count - 1 : 0
}

/** The last lines of one step, oldest first, at most `limit`: what its evidence is cut from. */
export async function lastLinesOfStep(
  db: Queryable,
  where: { jobId: string; attempt: number; step: number; limit: number },
): Promise<string[]> {
  const rows = await sql<{ text: string }>`
    select text from (
      select first_line + ordinality as n, line ->> 'x' as text
      from log_chunks, jsonb_array_elements(lines) with ordinality as l(line, ordinality)
      where job_id = ${where.jobId} and attempt = ${where.attempt} and (line ->> 's')::int = ${where.step}
      order by n desc limit ${where.limit}
    ) last order by n`.execute(db)
  return rows.rows.map((row) => row.text)
}
