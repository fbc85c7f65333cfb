import type { LiveEvent } from '@signalbox/core/contract/views/live.ts'
import type { LogLineView } from '@signalbox/core/contract/views/runs.ts'
import { holdLive, type LiveOptions } from './live.ts'

type Connection = Pick<LiveOptions, 'baseUrl' | 'token' | 'signal' | 'onRetry' | 'maxAttempts'>

/** What to follow and who hears of it. */
export interface EventFollower {
  /** Events after this cursor; without it from now on. */
  after?: number
  /** The channel stands: nothing that happens from here on is missed. Called again after each break. */
  onReady?(cursor: number): Promise<boolean> | boolean
  /** False: enough. */
  onEvent(event: LiveEvent): Promise<boolean> | boolean
}

/** All events, each once and in order, across breaks of the connection. Errors as holdLive. */
export async function followEvents(connection: Connection, follower: EventFollower): Promise<void> {
  let cursor = follower.after
  await holdLive({
    ...connection,
    request: () => ({ type: 'events', after: cursor }),
    async onMessage(message) {
      if (message.type === 'ready') {
        cursor = Math.max(cursor ?? 0, message.cursor)
        return (await follower.onReady?.(cursor)) ?? true
      }
      if (message.type !== 'event') return true
      if (cursor !== undefined && message.event.id <= cursor) return true
      cursor = message.event.id
      return follower.onEvent(message.event)
    },
  })
}

/** Which log, from where on, and who hears of it. */
export interface LogFollower {
  job: string
  /** Without it the newest attempt, going on with newer ones. */
  attempt?: number
  /** Lines after this number. */
  after?: number
  onLines(lines: LogLineView[], attempt: number): Promise<void> | void
}

/** A job's log to its end, each line once, across breaks of the connection. Errors as holdLive. */
export async function followLog(connection: Connection, follower: LogFollower): Promise<void> {
  let after = follower.after ?? 0
  let attempt = follower.attempt
  let again = false
  await holdLive({
    ...connection,
    request() {
      // A newer attempt may have begun while nobody listened, and its lines count from 1 again.
      const from = again && follower.attempt === undefined ? 0 : after
      again = true
      return { type: 'log', job: follower.job, attempt: follower.attempt, after: from }
    },
    async onMessage(message) {
      if (message.type !== 'log' || message.job !== follower.job) return true
      if (message.attempt !== attempt) {
        if (attempt !== undefined) after = 0
        attempt = message.attempt
      }
      const fresh = message.lines.filter((line) => line.n > after)
      after = fresh.at(-1)?.n ?? after
      if (fresh.length > 0) await follower.onLines(fresh, message.attempt)
      return !message.complete
    },
  })
}
