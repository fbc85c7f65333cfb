import { findJob } from '../db/jobs.ts'
import type { NumberedLine } from '../db/log-chunks.ts'
import type { JobRow } from '../db/state-of.ts'
import { readJobLog } from '../job-log/read-job-log.ts'
import type { ServerDeps } from './server-deps.ts'

/** A page of a log: up to `limit` lines after a number. */
export interface LogPlace {
  jobId: string
  attempt: number
  after: number
  limit: number
}

/** What the followers of logs read, and by what they are woken. */
export interface LogReads {
  job(id: string): Promise<JobRow | undefined>
  lines(place: LogPlace): Promise<{ lines: NumberedLine[]; more: boolean }>
  /** Wakes when lines of the job may have been added; the function ends it. */
  watch(job: string, wake: () => void): () => void
  close(): void
}

/**
 * Reads that followers share: who asks for what is being read already gets the same answer, so that 200
 * viewers at the end of a log cost one statement a line. An answer that was asked for before some news may
 * lack it: news ends the sharing before it wakes anybody, because it was subscribed to first.
 */
export function shareLogReads(deps: Pick<ServerDeps, 'db' | 'blobs' | 'events'>): LogReads {
  const jobs = new Map<string, Promise<JobRow | undefined>>()
  const pages = new Map<string, Map<string, ReturnType<LogReads['lines']>>>()
  const watched = new Map<string, { count: number; end: () => void }>()
  const endEvents = deps.events.subscribe({
    onEvents(events) {
      for (const event of events) if (event.jobId !== null) jobs.delete(event.jobId)
    },
  })

  function shared<T>(kept: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
    const running = kept.get(key)
    if (running) return running
    const made = read().finally(() => {
      if (kept.get(key) === made) kept.delete(key)
    })
    kept.set(key, made)
    return made
  }

  return {
    job: (id) => shared(jobs, id, () => findJob(deps.db, id)),
    lines(place) {
      const ofJob = pages.get(place.jobId) ?? new Map<string, ReturnType<LogReads['lines']>>()
      if (watched.has(place.jobId)) pages.set(place.jobId, ofJob)
      const key = `${place.attempt} ${place.after} ${place.limit}`
      return shared(ofJob, key, () => readJobLog(deps, place))
    },
    watch(job, wake) {
      const known = watched.get(job) ?? { count: 0, end: deps.events.onLog(job, () => pages.delete(job)) }
      known.count += 1
      watched.set(job, known)
      const unwatch = deps.events.onLog(job, wake)
      return () => {
        unwatch()
        known.count -= 1
        if (known.count > 0) return
        known.end()
        watched.delete(job)
        pages.delete(job)
      }
    },
    close: endEvents,
  }
}
