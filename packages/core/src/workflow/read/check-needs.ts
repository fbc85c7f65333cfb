import type { WorkflowJob } from '../model.ts'
import { nearest } from './read-keys.ts'
import { type LocatedEntry, type Reader, refuse } from './reader.ts'

/** Refuses needs that name no job and needs that lead back to their own job; linear in jobs and needs. */
export function checkNeeds(
  reader: Reader,
  jobs: readonly WorkflowJob[],
  entryOf: (key: string) => LocatedEntry | undefined,
): void {
  const byKey = new Map(jobs.map((job) => [job.key, job]))
  const at = (job: WorkflowJob, need: string) => placeOfNeed(entryOf(job.key), need) ?? { start: job.start }
  for (const job of jobs) {
    for (const need of job.needs) {
      if (byKey.has(need)) continue
      refuse(reader, at(job, need), {
        code: 'unknown-need',
        message: `${job.key} needs ${need || 'nothing'}, which is no job`,
        hint: nearest(
          need,
          [...byKey.keys()].filter((key) => key !== job.key),
        ),
      })
    }
  }
  for (const job of jobsInCycles(jobs, byKey)) {
    const need = job.needs[0] ?? ''
    refuse(reader, at(job, need), {
      code: 'needs-cycle',
      message: `${job.key} needs itself, directly or through ${job.needs.join(', ')}`,
      hint: 'Remove one of the needs of the circle.',
    })
  }
}

/** Jobs that never become ready when needs are taken away one by one, without those that only wait for them. */
function jobsInCycles(jobs: readonly WorkflowJob[], byKey: ReadonlyMap<string, WorkflowJob>): WorkflowJob[] {
  const left = strip(jobs, (job) => job.needs.filter((need) => byKey.has(need)))
  const inside = new Set(left.map((job) => job.key))
  const wanted = new Map<string, string[]>()
  for (const job of left) {
    for (const need of job.needs)
      if (inside.has(need)) wanted.set(need, [...(wanted.get(need) ?? []), job.key])
  }
  return strip(left, (job) => wanted.get(job.key) ?? [])
}

function strip(jobs: readonly WorkflowJob[], blockers: (job: WorkflowJob) => string[]): WorkflowJob[] {
  const waiting = new Map<string, number>()
  const unblocks = new Map<string, string[]>()
  for (const job of jobs) {
    const list = blockers(job)
    waiting.set(job.key, list.length)
    for (const key of list) {
      const known = unblocks.get(key)
      if (known) known.push(job.key)
      else unblocks.set(key, [job.key])
    }
  }
  const ready = jobs.filter((job) => waiting.get(job.key) === 0).map((job) => job.key)
  const gone = new Set<string>()
  for (let key = ready.pop(); key !== undefined; key = ready.pop()) {
    gone.add(key)
    for (const next of unblocks.get(key) ?? []) {
      const rest = (waiting.get(next) ?? 0) - 1
      waiting.set(next, rest)
      if (rest === 0) ready.push(next)
    }
  }
  return jobs.filter((job) => !gone.has(job.key))
}

function placeOfNeed(job: LocatedEntry | undefined, need: string) {
  if (job?.node.kind !== 'map') return undefined
  const value = job.node.entries.find((entry) => entry.key === 'needs')?.value
  if (value?.kind !== 'list') return value
  return value.items.find((item) => item.kind === 'scalar' && String(item.value) === need) ?? value
}
