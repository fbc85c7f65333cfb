import { sql, type Transaction } from 'kysely'
import type { Database } from '../db/schema.ts'
import { storableJson } from '../db/storable.ts'
import { promiseHorizon } from './horizon.ts'

/** The channel that wakes readers; the payload is the event's id. */
export const eventsChannel = 'signalbox_events'

/** What happened, to which rows. `type` is `<thing>.<past participle>`; `data` holds no secret and stays small. */
export interface NewEvent {
  type: string
  projectId?: string | null
  changeId?: string | null
  runId?: string | null
  jobId?: string | null
  deploymentId?: string | null
  data?: Record<string, unknown>
}

/**
 * Appends an event in the caller's transaction, anywhere in it, and wakes readers when that commits; its id.
 * Keep the transaction short: readers wait for it, so that nobody passes over an id that is still to come.
 */
export async function appendEvent(tx: Transaction<Database>, event: NewEvent): Promise<number> {
  await promiseHorizon().execute(tx)
  const { id } = await tx
    .insertInto('events')
    .values({
      type: event.type,
      project_id: event.projectId ?? null,
      change_id: event.changeId ?? null,
      run_id: event.runId ?? null,
      job_id: event.jobId ?? null,
      deployment_id: event.deploymentId ?? null,
      data: storableJson(event.data ?? {}),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await sql`select pg_notify(${eventsChannel}, ${String(id)})`.execute(tx)
  return id
}
