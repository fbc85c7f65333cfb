import { newId } from '@signalbox/core/base/ids.ts'
import type { EgressRecord } from '@signalbox/engine/sandbox/egress/proxy.ts'

/** What one job's records may be: more requests are counted only. */
export const maxRecords = 5000
const maxBatch = 200
const batchDelayMs = 200

/** A record with the id under which it is stored, also when it is sent twice. */
export type IdentifiedRecord = EgressRecord & { id: string }

/** Collects a job's requests on their way to the database. */
export interface EgressRecords {
  /** Never waits: what does not fit is counted. */
  add(record: EgressRecord): void
  /** Stores the rest, and how many were not kept. */
  close(): Promise<void>
}

/**
 * Hands records on in batches of at most 200, 200 ms after the first of each, one batch at a time. A sandbox
 * asks as often as it likes, so what waits is bounded by what is kept: 5,000 records and one that counts the
 * others. `store` must not throw.
 */
export function createEgressRecords(store: (records: IdentifiedRecord[]) => Promise<void>): EgressRecords {
  let waiting: IdentifiedRecord[] = []
  let kept = 0
  let notKept = 0
  let lastAt = 0
  let timer: NodeJS.Timeout | undefined
  let storing: Promise<void> | undefined

  async function storeAll(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxBatch)
      waiting = waiting.slice(maxBatch)
      await store(batch)
    }
  }
  function flush(): Promise<void> {
    storing ??= storeAll().finally(() => {
      storing = undefined
    })
    return storing
  }
  return {
    add(record) {
      lastAt = record.at
      if (kept === maxRecords) {
        notKept++
        return
      }
      kept++
      waiting.push({ ...record, id: newId() })
      if (waiting.length >= maxBatch) void flush()
      else if (!storing) timer ??= setTimeout(flush, batchDelayMs)
    },
    async close() {
      if (notKept > 0) waiting.push({ ...countOf(notKept, lastAt), id: newId() })
      notKept = 0
      while (waiting.length > 0 || storing) await flush()
    },
  }
}

/** Stands for the requests that are not recorded one by one. */
function countOf(notKept: number, at: number): EgressRecord {
  return {
    at,
    host: '*',
    port: 0,
    method: '*',
    allowed: false,
    reason: `${notKept} more requests of this job are not recorded one by one`,
    bytesUp: 0,
    bytesDown: 0,
    durationMs: 0,
  }
}
