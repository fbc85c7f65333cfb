import type { LogLine } from '../port.ts'

/** Most lines in one report. */
export const batchLines = 256
/** A line waits at most this long for company. */
export const batchDelayMs = 15

/** Collects lines and hands them on in batches, one batch at a time. */
export interface LogSink {
  /** Adds a line; never waits. */
  add(line: LogLine): void
  /** Resolves when so few lines are waiting that more may come; undefined at once. */
  room(): Promise<void> | undefined
  /** Hands on everything that was added. Throws what the report threw. */
  drain(): Promise<void>
}

/** A sink over `report`, which is never called again before its promise resolved. */
export function createLogSink(report: (lines: LogLine[]) => Promise<void>, now: () => number): LogSink {
  let waiting: LogLine[] = []
  let sending: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let sentAt = 0
  let lost: { cause: unknown } | undefined

  async function sendAll(): Promise<void> {
    while (waiting.length > 0 && !lost) {
      const batch = waiting.slice(0, batchLines)
      waiting = waiting.slice(batchLines)
      sentAt = now()
      try {
        await report(batch)
      } catch (cause) {
        lost = { cause }
      }
    }
    sending = undefined
  }
  function send(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (!sending && waiting.length > 0 && !lost) sending = sendAll()
    return sending ?? Promise.resolve()
  }
  return {
    add(line) {
      if (lost) return
      waiting.push(line)
      if (waiting.length >= batchLines) void send()
      else if (!sending)
        timer ??= setTimeout(send, Math.max(0, Math.min(batchDelayMs, sentAt + batchDelayMs - now())))
    },
    room() {
      return waiting.length >= batchLines ? send() : undefined
    },
    async drain() {
      while (sending || waiting.length > 0) {
        if (lost) break
        await send()
      }
      clearTimeout(timer)
      timer = undefined
      if (lost) throw lost.cause
    },
  }
}
