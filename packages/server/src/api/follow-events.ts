import type { LiveEvent } from '@signalbox/core/contract/views/live.ts'
import { readEvents } from '../events/read.ts'
import type { ServerDeps } from './server-deps.ts'

const pageEvents = 500

export interface EventSink {
  /** The past, page by page; resolves when the client has taken it. */
  send(events: LiveEvent[]): Promise<void>
  /** What happens now; it cannot wait, so a sink that is full ends its client. */
  push(events: LiveEvent[]): void
  gone(): boolean
}

/** Every event after a cursor, each once and in order; a long past waits for the client. Returns the end. */
export async function followEvents(
  deps: Pick<ServerDeps, 'db' | 'events'>,
  after: number,
  sink: EventSink,
): Promise<() => void> {
  let cursor = after
  for (let full = true; full && !sink.gone(); ) {
    const batch = await readEvents(deps.db, cursor, pageEvents)
    cursor = batch.cursor
    full = batch.events.length === pageEvents
    if (batch.events.length > 0) await sink.send(batch.events)
  }
  if (sink.gone()) return () => {}
  return deps.events.subscribe({ after: cursor, onEvents: sink.push })
}
