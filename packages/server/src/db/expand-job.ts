import { newId } from '@signalbox/core/base/ids.ts'
import type { JsonValue } from '@signalbox/core/base/json.ts'
import { sql } from 'kysely'
import { appendEvent } from '../events/append.ts'
import { inTransaction, type Queryable } from './connect.ts'
import type { StoredStrategy } from './schema/runs.ts'
import type { JobRow } from './state-of.ts'
import { storableJson } from './storable.ts'

/** One leg of a matrix as it is stored. */
export interface NewLeg {
  /** Unique in the run. */
  key: string
  name: string
  matrix: Record<string, JsonValue>
}

/**
 * Makes a queued job the first leg of its matrix and adds the others, once: false and nothing written when the row
 * moved since it was read or has legs already.
 */
export function expandJob(
  db: Queryable,
  input: {
    job: JobRow
    projectId: string
    changeId: string | null
    legs: NewLeg[]
    strategy: StoredStrategy
  },
): Promise<boolean> {
  const { job, legs } = input
  const columns = legs.map((leg, index) => ({
    key: leg.key,
    name: leg.name,
    leg: index,
    matrix: storableJson(leg.matrix),
    strategy: storableJson(input.strategy),
  }))
  const [first, ...others] = columns
  if (!first) return Promise.resolve(false)
  return inTransaction(db, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('jobs')
      .set({ ...first, fence: sql<number>`fence + 1` })
      .where('id', '=', job.id)
      .where('fence', '=', job.fence)
      .where('status', '=', 'queued')
      .where('leg', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return false
    const { run_id, job_key, caller_id, calls, needs, position } = job
    const runs_on = job.runs_on && storableJson(job.runs_on)
    if (others.length > 0) {
      await tx
        .insertInto('jobs')
        .values(
          others.map((leg) => ({
            ...leg,
            id: newId(),
            run_id,
            job_key,
            caller_id,
            calls,
            needs,
            position,
            runs_on,
            status: 'queued' as const,
          })),
        )
        .execute()
    }
    const { projectId, changeId } = input
    const data = { key: job_key, legs: legs.length }
    await appendEvent(tx, { type: 'job.expanded', projectId, changeId, runId: run_id, jobId: job.id, data })
    return true
  })
}
