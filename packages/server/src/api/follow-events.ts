import type { LiveEvent } from '@signalbox/core/contract/views/live.ts'
import { type Principal, sees } from '../auth/principal.ts'
import { readEvents } from '../events/read.ts'
import type { ServerDeps } from './server-deps.ts'

const pageEvents = 500

/** The type of the event that says: what somebody may see, or whether they may at all, has changed. */
export const accessChanged = 'access.changed'

/** Whether an event is for this person: those of projects that they see, and what is about themselves. */
export function isFor(principal: Principal, event: LiveEvent): boolean {
  if (concernsAccess(principal, event)) return true
  const { users } = event.data
  if (Array.isArray(users) && users.includes(principal.userId)) return true
  if (event.projectId !== null) return sees(principal, event.projectId)
  return principal.projects === 'all'
}

/** Whether an event says that this person must be looked at anew. */
export function concernsAccess(principal: Principal, event: LiveEvent): boolean {
  return event.type === accessChanged && event.data['userId'] === principal.userId
}

export interface EventSink {
  /** The past, page by page; resolves when the client has taken it. */
  send(events: LiveEvent[]): Promise<void>
  /** What happens now; it cannot wait, so a sink that is full ends its client. */
  push(events: LiveEvent[]): void
  gone(): boolean
}

/**
 * Every event after a cursor that this person may see, each once and in order; a long past waits for the
 * client. Returns the end. Who sees what was decided when the connection was opened: end it when that changes.
 */
export async function followEvents(
  deps: Pick<ServerDeps, 'db' | 'events'>,
  from: { after: number; principal: Principal },
  sink: EventSink,
): Promise<() => void> {
  const { after, principal } = from
  const mine = (events: LiveEvent[]) => events.filter((event) => isFor(principal, event))
  let cursor = after
  for (let full = true; full && !sink.gone(); ) {
    const batch = await readEvents(deps.db, cursor, pageEvents)
    cursor = batch.cursor
    full = batch.events.length === pageEvents
    const seen = mine(batch.events)
    if (seen.length > 0) await sink.send(seen)
  }
  if (sink.gone()) return () => {}
  return deps.events.subscribe({
    after: cursor,
    onEvents(events) {
      const seen = mine(events)
      if (seen.length > 0) sink.push(seen)
    },
  })
}
