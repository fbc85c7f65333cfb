import type { Conclusion } from '@signalbox/core/domain/status.ts'
import { type CheckRow, checksByCommit, upsertCheck } from '../../db/checks.ts'
import type { Queryable } from '../../db/connect.ts'
import { jobsByRun } from '../../db/jobs.ts'
import { type OccurrenceRow, occurrencesOfChange, runsOfOccurrences } from '../../db/occurrences.ts'
import type { PullRequestRow } from '../../db/pull-requests.ts'
import { findRun } from '../../db/runs.ts'
import type { RunRow } from '../../db/state-of.ts'

/** What is worst comes first: one name may stand for several jobs. */
const worst: readonly Conclusion[] = [
  'failure',
  'timed_out',
  'action_required',
  'cancelled',
  'skipped',
  'neutral',
  'success',
]

/** Filters that say of a change that it is none of a workflow's business. */
const excusing = ['paths', 'branches']

interface Found {
  conclusion: Conclusion
  summary: string
  runId: string | null
  excused: boolean
}

/**
 * Stores what the workflows of a pull request say of its merge commit as checks: each job by its name and by its key.
 * A required check that no workflow had to make is skipped, and satisfied. The checks of the platform's own
 * validation stay as they are. `open`: more may still come.
 */
export async function reportChecks(
  db: Queryable,
  { pullRequest, required }: { pullRequest: PullRequestRow; required: readonly string[] },
): Promise<{ open: boolean }> {
  const { merge_commit: commitId, change_id: changeId } = pullRequest
  if (!commitId) return { open: false }
  const all = await occurrencesOfChange(db, { changeId, name: 'pull_request', commitId })
  const last = all.filter(({ action }) => action !== 'closed').at(-1)
  if (!last) return { open: false }
  const runs = newestRuns(await runsOfOccurrences(db, [last.id]))
  const found = excuses(last, required)
  for (const run of runs) {
    if (run.status === 'completed') await collect(db, run, found)
  }
  const standing = await checksByCommit(db, { pullRequestId: pullRequest.id, commitId })
  const guarded = await validationsOwn(db, standing, new Set(runs.map(({ id }) => id)))
  for (const [name, check] of found) {
    const there = standing.find((one) => one.name === name)
    if (there && (guarded.has(name) || same(there, check))) continue
    await upsertCheck(db, {
      pull_request_id: pullRequest.id,
      commit_id: commitId,
      name,
      conclusion: check.conclusion,
      summary: check.summary,
      run_id: check.runId,
      excused: check.excused,
    })
  }
  return { open: last.status === 'open' || runs.some(({ status }) => status !== 'completed') }
}

/** A run that was repeated counts by its last attempt. */
function newestRuns(runs: RunRow[]): RunRow[] {
  return [...new Map(runs.map((run) => [run.workflow_file, run])).values()]
}

/** Names of the checks that the base's own validation made: no workflow of a change speaks over them. */
async function validationsOwn(
  db: Queryable,
  standing: CheckRow[],
  ours: ReadonlySet<string>,
): Promise<Set<string>> {
  const names = new Set<string>()
  const kinds = new Map<string, RunRow['kind'] | undefined>()
  for (const { name, run_id: id } of standing) {
    if (id === null || ours.has(id)) continue
    if (!kinds.has(id)) kinds.set(id, (await findRun(db, id))?.kind)
    if (kinds.get(id) !== 'event') names.add(name)
  }
  return names
}

function same(there: CheckRow, check: Found): boolean {
  return (
    there.conclusion === check.conclusion && there.summary === check.summary && there.run_id === check.runId
  )
}

async function collect(db: Queryable, run: RunRow, found: Map<string, Found>): Promise<void> {
  for (const job of await jobsByRun(db, run.id)) {
    const conclusion = job.conclusion ?? 'failure'
    const summary = job.reason ?? `The job ${job.name} of ${run.name} ended as ${conclusion}.`
    for (const name of new Set([job.name, job.key, job.job_key])) {
      const there = found.get(name)
      if (there && !there.excused && worst.indexOf(there.conclusion) <= worst.indexOf(conclusion)) continue
      found.set(name, { conclusion, summary, runId: run.id, excused: false })
    }
  }
}

/** Required checks that only workflows make whose filters this change does not match. */
function excuses({ verdicts }: OccurrenceRow, required: readonly string[]): Map<string, Found> {
  const found = new Map<string, Found>()
  for (const name of required) {
    const makers = verdicts.filter(({ jobs }) =>
      jobs?.some((job) => job === name || name.startsWith(`${job} (`)),
    )
    const [first] = makers
    if (!first || !makers.every(({ runs, by }) => !runs && excusing.includes(by ?? ''))) continue
    const summary = `Skipped, and satisfied: ${first.name} has nothing to say of this change. ${first.reason ?? ''}`
    found.set(name, { conclusion: 'skipped', summary: summary.trim(), runId: null, excused: true })
  }
  return found
}
