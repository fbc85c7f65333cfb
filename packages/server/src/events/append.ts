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
  // One statement: the insert takes its row from the promise, so that no id is given out before it stands.
  const { rows } = await sql<{ id: number }>`
    with horizon as materialized (${promiseHorizon()}), added as (
      insert into events (type, project_id, change_id, run_id, job_id, deployment_id, data)
      select ${event.type}::text, ${event.projectId ?? null}::uuid, ${event.changeId ?? null}::uuid,
        ${event.runId ?? null}::uuid, ${event.jobId ?? null}::uuid, ${event.deploymentId ?? null}::uuid,
        ${storableJson(event.data ?? {})}::jsonb
      from horizon returning id
    ), told as (
      select pg_notify(${eventsChannel}, id::text) from added
    )
    select id from added, told`.execute(tx)
  const id = rows[0]?.id
  if (id === undefined) throw new Error('an event was appended and has no id')
  return id
}
