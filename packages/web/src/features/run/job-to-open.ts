import type { JobView } from '@signalbox/core/contract/views/runs.ts'

const failed = new Set(['failure', 'timed_out'])

/**
 * The job that the address names; else the first that failed, the one that runs, the first. One that calls a
 * workflow has no log of its own: those that it called come before it.
 */
export function jobToOpen(all: JobView[], named: string | undefined): JobView | null {
  const jobs = all.toSorted((a, b) => Number(callsWorkflow(a)) - Number(callsWorkflow(b)))
  return (
    all.find((job) => job.key === named) ??
    jobs.find((job) => job.conclusion !== null && failed.has(job.conclusion)) ??
    jobs.find((job) => job.status === 'in_progress') ??
    jobs[0] ??
    null
  )
}

/** Whether a job runs a workflow instead of steps. */
export function callsWorkflow(job: JobView): boolean {
  return typeof job.calls === 'string'
}

/** The step at which a job failed; null when none did. */
export function failingStep(job: JobView): number | null {
  const step = job.steps.find((each) => each.conclusion !== null && failed.has(each.conclusion))
  return step?.number ?? null
}
