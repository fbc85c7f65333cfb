import { Failure } from '@signalbox/core/base/failure.ts'
import { outputsOf } from '@signalbox/core/plan/plan-legs.ts'
import type { JobRow } from '../../db/state-of.ts'
import { under } from './new-jobs.ts'
import { plannedLegs } from './run-context.ts'

/** A job of a workflow as its rows: one, or one for each leg of its matrix. */
interface Group {
  /** With the keys of the jobs that call it. */
  key: string
  rows: JobRow[]
  first: JobRow
}

/**
 * Outputs of the jobs that need not run again, by key, those of called workflows too; of a matrix only when all of
 * its legs succeeded. With `job` that one runs again, its whole matrix, and everything that needs it. Failure
 * `not-found` for a job that there is none of.
 */
export function keptJobs(
  jobs: readonly JobRow[],
  wish: { jobs: 'all' | 'failed'; job?: string | undefined },
): Map<string, Record<string, string>> | undefined {
  if (wish.job === undefined && wish.jobs === 'all') return undefined
  const groups = groupsOf(jobs)
  const again = wish.job === undefined ? new Set<Group>() : runsAgain(groups, wish.job)
  const kept = new Map<string, Record<string, string>>()
  for (const group of groups) {
    const { key, rows, first } = group
    if (again.has(group) || !rows.every((row) => row.conclusion === 'success')) continue
    kept.set(key, first.leg === null ? first.outputs : outputsOf(plannedLegs(rows)))
  }
  return kept
}

function groupsOf(jobs: readonly JobRow[]): Group[] {
  const keys = new Map(jobs.map((job) => [job.id, job.key]))
  return [...Map.groupBy(jobs, (job) => `${job.caller_id} ${job.job_key}`).values()].flatMap((rows) => {
    const [first] = rows
    if (!first) return []
    const caller = first.caller_id === null ? undefined : keys.get(first.caller_id)
    return [{ key: under(caller, first.job_key), rows, first }]
  })
}

function runsAgain(groups: readonly Group[], wanted: string): Set<Group> {
  const asked = groups.filter(({ key, rows }) => key === wanted || rows.some((row) => row.key === wanted))
  if (asked.length === 0) {
    throw new Failure('not-found', `The run has no job ${wanted}.`, {
      hint: `Its jobs: ${groups.map(({ key }) => key).join(', ')}`,
    })
  }
  const again = new Set(asked)
  // What a job calls runs again with it.
  for (const group of again) for (const inner of calledBy(groups, group)) again.add(inner)
  for (const group of again) for (const next of leadingOn(groups, group)) again.add(next)
  return again
}

function calledBy(groups: readonly Group[], { rows }: Group): Group[] {
  const ids = new Set(rows.map((row) => row.id))
  return groups.filter(({ first }) => first.caller_id !== null && ids.has(first.caller_id))
}

/** What needs it, with all that this calls; and the job that calls it, whose result it is part of. */
function leadingOn(groups: readonly Group[], { first }: Group): Group[] {
  const needing = groups.filter(
    (one) => one.first.caller_id === first.caller_id && one.first.needs.includes(first.job_key),
  )
  const inner = new Set(needing)
  for (const group of inner) for (const one of calledBy(groups, group)) inner.add(one)
  const callers = groups.filter(({ rows }) => rows.some((row) => row.id === first.caller_id))
  return [...inner, ...callers]
}
