import type { JobView, RunDetail } from '@signalbox/core/contract/views/runs.ts'

/** A stretch of time in milliseconds since the epoch. */
export interface Span {
  from: number
  to: number
}

/** A job on the time axis: how long it waited although it could have started, and when it ran. */
export interface WaterfallRow {
  job: JobView
  wait: Span | null
  ran: Span | null
  /** Whoever wants the run to be faster has to make this one faster. */
  critical: boolean
}

export interface Waterfall {
  /** The whole axis. */
  axis: Span
  rows: WaterfallRow[]
}

/** A run on a time axis that begins with its creation and ends now or with its last job. */
export function waterfallOf(run: RunDetail, nowMs: number): Waterfall {
  const begin = Date.parse(run.createdAt)
  const critical = criticalJobs(run.jobs, nowMs)
  const rows = run.jobs.map((job): WaterfallRow => {
    const ready = Math.max(begin, ...needed(run.jobs, job).map((need) => readyAfter(need, job, nowMs)))
    const start = job.startedAt ? Date.parse(job.startedAt) : null
    // Its needs were there, or the job waits for a worker now; what waits for needs waits for nothing else.
    const could = needed(run.jobs, job).every(
      (need) => need.status === 'completed' || need.key === job.calledBy,
    )
    const over = start ?? (job.status === 'queued' && could ? nowMs : null)
    return {
      job,
      wait: over !== null && over - ready > 1 ? { from: ready, to: over } : null,
      ran: start === null ? null : { from: start, to: Math.max(start, endOf(job, nowMs)) },
      critical: critical.has(job.id),
    }
  })
  const ends = rows.flatMap(({ wait, ran }) => [wait?.to ?? begin, ran?.to ?? begin])
  return { axis: { from: begin, to: Math.max(begin + 1000, ...ends) }, rows }
}

/** What a job waited for: its needs, for those that call a workflow the jobs there, and else the job that called it. */
function needed(jobs: readonly JobView[], job: JobView): JobView[] {
  const needs = jobs.filter((each) => job.needs.includes(each.jobKey ?? each.key))
  if (needs.length === 0 && job.calledBy) return jobs.filter((each) => each.key === job.calledBy)
  return needs.flatMap((need) => endingIn(jobs, need))
}

/** The jobs by whose end a job ends: itself, or what it called. */
function endingIn(jobs: readonly JobView[], job: JobView): JobView[] {
  const called = typeof job.calls === 'string' ? jobs.filter((each) => each.calledBy === job.key) : []
  return called.length > 0 ? called.flatMap((each) => endingIn(jobs, each)) : [job]
}

/** A called workflow begins when its caller does, everything else when what it needs has ended. */
function readyAfter(need: JobView, job: JobView, nowMs: number): number {
  return need.key === job.calledBy && need.startedAt ? Date.parse(need.startedAt) : endOf(need, nowMs)
}

function endOf(job: JobView, nowMs: number): number {
  return job.completedAt ? Date.parse(job.completedAt) : nowMs
}

/** From the job that ended last, back through the need that each waited for longest. */
function criticalJobs(jobs: readonly JobView[], nowMs: number): Set<string> {
  const path = new Set<string>()
  const ends = new Set(jobs.flatMap((each) => each.calledBy ?? []))
  let job = lastOf(
    jobs.filter((each) => each.startedAt && !ends.has(each.key)),
    nowMs,
  )
  while (job && !path.has(job.id)) {
    path.add(job.id)
    job = lastOf(
      needed(jobs, job).filter((each) => each.startedAt),
      nowMs,
    )
  }
  return path
}

function lastOf(jobs: readonly JobView[], nowMs: number): JobView | undefined {
  return jobs.toSorted((a, b) => endOf(b, nowMs) - endOf(a, nowMs))[0]
}

/** Marks of the axis in milliseconds from its beginning: at most eight, at round times. */
export function axisMarks({ from, to }: Span): number[] {
  const whole = to - from
  const steps = [100, 250, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000]
  const step = steps.find((each) => whole / each <= 8) ?? Math.ceil(whole / 8 / 600_000) * 600_000
  return Array.from({ length: Math.floor(whole / step) + 1 }, (_, index) => index * step)
}
