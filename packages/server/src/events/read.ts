import type { LiveEvent } from '@signalbox/core/contract/views/live.ts'
import type { Selectable } from 'kysely'
import type { Queryable } from '../db/connect.ts'
import type { EventsTable } from '../db/schema/system.ts'
import { readHorizon } from './horizon.ts'

/** A stretch of events in order. */
export interface EventBatch {
  events: LiveEvent[]
  /** Go on from here. */
  cursor: number
  /** Nothing more is there now, nor under way. */
  caughtUp: boolean
}

/**
 * The next events after a cursor, oldest first; never one whose lower neighbour may still come. What was once
 * safe stays so (`knownSafe`), although a slow writer's promise can come in below it.
 */
export async function readEvents(
  db: Queryable,
  after: number,
  limit: number,
  knownSafe = 0,
): Promise<EventBatch> {
  const now = await readHorizon(db)
  const horizon = { safe: Math.max(now.safe, knownSafe), newest: now.newest }
  if (horizon.safe <= after) return { events: [], cursor: after, caughtUp: horizon.newest <= after }
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where('id', '>', after)
    .where('id', '<=', horizon.safe)
    .orderBy('id')
    .limit(limit)
    .execute()
  const full = rows.length === limit
  const cursor = full ? (rows.at(-1)?.id ?? after) : horizon.safe
  return { events: rows.map(liveEvent), cursor, caughtUp: !full && horizon.newest <= horizon.safe }
}

/** The newest events of one change, oldest first. */
export async function listEventsOfChange(db: Queryable, changeId: string, limit = 200): Promise<LiveEvent[]> {
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where('change_id', '=', changeId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.reverse().map(liveEvent)
}

/** The event as the contract shows it. */
export function liveEvent(row: Selectable<EventsTable>): LiveEvent {
  return {
    id: row.id,
    at: row.at.toISOString(),
    type: row.type,
    projectId: row.project_id,
    changeId: row.change_id,
    runId: row.run_id,
    jobId: row.job_id,
    deploymentId: row.deployment_id,
    data: row.data,
  }
}
