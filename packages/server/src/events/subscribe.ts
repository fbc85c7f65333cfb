import type { LiveEvent } from '@signalbox/core/contract/views/live.ts'
import type { Kysely } from 'kysely'
import { asDatabaseLost } from '../db/database-lost.ts'
import { type DatabaseLog, silentLog } from '../db/log.ts'
import { logChannel } from '../db/log-chunks.ts'
import type { Database } from '../db/schema.ts'
import { eventsChannel } from './append.ts'
import { readHorizon } from './horizon.ts'
import { Listener } from './listener.ts'
import { readEvents } from './read.ts'

const batchSize = 500
/** A writer is under way below an event that is there: its own wake-up may already have passed. */
const lookAgainMs = 5
const afterFailureMs = 250

export interface Subscription {
  /** Events with a higher id, those of the past first. Undefined: from now on. */
  after?: number
  /** In order, each once, at least one. What it throws is logged and does no harm to others. */
  onEvents(events: LiveEvent[]): void
}

/** The live events of this process: one connection that listens, however many follow. */
export interface EventStream {
  /** Follows; the function ends it. */
  subscribe(subscription: Subscription): () => void
  /** Every event up to here is committed: read rows after this call, then subscribe from here. */
  latestCursor(): Promise<number>
  /** Wakes whenever lines of the job's log may have been added (spuriously too); the function ends it. */
  onLog(jobId: string, callback: () => void): () => void
  close(): Promise<void>
}

interface Follower {
  cursor: number
  /** Still reading the past by itself. */
  behind: boolean
  gone: boolean
  onEvents(events: LiveEvent[]): void
}

/** Opens the one LISTEN connection and waits for it; `database-lost` when there is none to be had. */
export async function createEventStream(options: {
  connectionString: string
  db: Kysely<Database>
  log?: DatabaseLog
}): Promise<EventStream> {
  const log = options.log ?? silentLog
  const followers = new Set<Follower>()
  const logWatchers = new Map<string, Set<() => void>>()
  let tail = (await readHorizon(options.db)).safe
  let reading: Promise<void> | undefined
  let woken = false
  let closed = false
  let timer: NodeJS.Timeout | undefined

  function wake(): void {
    woken = true
    if (reading || closed) return
    clearTimeout(timer)
    reading = readTail().finally(() => {
      reading = undefined
      if (woken) wake()
    })
  }

  function wakeIn(ms: number): void {
    clearTimeout(timer)
    if (!closed) timer = setTimeout(wake, ms)
  }

  async function readTail(): Promise<void> {
    woken = false
    try {
      const batch = await readEvents(options.db, tail, batchSize)
      tail = batch.cursor
      for (const follower of followers) if (!follower.behind) deliver(follower, batch.events)
      if (batch.events.length === batchSize) woken = true
      else if (!batch.caughtUp) wakeIn(lookAgainMs)
    } catch (error) {
      if (closed) return
      log.warn(`live events could not be read: ${error instanceof Error ? error.message : String(error)}`)
      woken = false
      wakeIn(afterFailureMs)
    }
  }

  function deliver(follower: Follower, events: LiveEvent[]): void {
    const fresh = events.filter((event) => event.id > follower.cursor)
    const last = fresh.at(-1)
    if (!last || follower.gone) return
    follower.cursor = last.id
    try {
      follower.onEvents(fresh)
    } catch (error) {
      log.warn(`a follower of live events failed: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  async function catchUp(follower: Follower): Promise<void> {
    while (!follower.gone && !closed && follower.cursor < tail) {
      try {
        const batch = await readEvents(options.db, follower.cursor, batchSize, tail)
        deliver(follower, batch.events)
        // Ids that never came leave the newest event below the tail: the batch knows how far it looked.
        follower.cursor = Math.max(follower.cursor, batch.cursor)
      } catch {
        await new Promise((resolve) => setTimeout(resolve, afterFailureMs))
      }
    }
    // No await since the comparison: from here the shared reader delivers what comes.
    follower.behind = false
  }

  const listener = new Listener({
    connectionString: options.connectionString,
    channels: [eventsChannel, logChannel],
    log,
    onNotification(channel, payload) {
      if (channel === eventsChannel) wake()
      else for (const callback of logWatchers.get(payload) ?? []) callback()
    },
    onConnected() {
      wake()
      for (const callbacks of logWatchers.values()) for (const callback of callbacks) callback()
    },
  })
  await listener.start().catch((error: unknown) => {
    throw asDatabaseLost(error)
  })

  return {
    subscribe({ after, onEvents }) {
      const follower = { cursor: after ?? tail, behind: true, gone: false, onEvents }
      followers.add(follower)
      void catchUp(follower)
      return () => {
        follower.gone = true
        followers.delete(follower)
      }
    },
    async latestCursor() {
      return (await readHorizon(options.db)).safe
    },
    onLog(jobId, callback) {
      const callbacks = logWatchers.get(jobId) ?? new Set()
      logWatchers.set(jobId, callbacks.add(callback))
      return () => {
        callbacks.delete(callback)
        if (callbacks.size === 0 && logWatchers.get(jobId) === callbacks) logWatchers.delete(jobId)
      }
    },
    async close() {
      closed = true
      clearTimeout(timer)
      followers.clear()
      logWatchers.clear()
      await listener.close()
      await reading
    },
  }
}
