import { matchesBranch } from './branch-rules.ts'

/** What an environment asks of a job, as the settings of the project have it. */
export interface EnvironmentWants {
  approvals: number
  waitMinutes: number
  branches: readonly string[]
}

/** What is known when a job is ready but for its environment. */
export interface EnvironmentFacts {
  environment: string
  /** `refs/heads/main`. */
  ref: string
  reviews: ReadonlyArray<{ by: string; decision: 'approved' | 'rejected'; comment: string }>
  /** Milliseconds since the epoch. */
  since: number
  now: number
}

/** `refused`: the job has failed. `waits`: for people or for time, in words; `missing`: how many must approve. */
export type EnvironmentVerdict =
  | { state: 'open' }
  | { state: 'refused'; reason: string }
  | { state: 'waits'; reason: string; missing: number }

/** As on GitHub: what nobody decided on for so long has failed. */
const longestWaitMs = 30 * 24 * 3_600_000

/** Whether a job may go to its environment now. The clock and the people are asked side by side. */
export function decideEnvironment(wants: EnvironmentWants, facts: EnvironmentFacts): EnvironmentVerdict {
  const { environment, ref, reviews, since, now } = facts
  const branch = ref.replace(/^refs\/(heads|tags)\//, '')
  if (wants.branches.length > 0 && !wants.branches.some((pattern) => matchesBranch(pattern, branch))) {
    const may = wants.branches.join(', ')
    return {
      state: 'refused',
      reason: `${branch} may not go to the environment ${environment}; only ${may} may.`,
    }
  }
  const rejected = reviews.find((review) => review.decision === 'rejected')
  if (rejected) {
    const why = rejected.comment === '' ? '' : `: ${rejected.comment}`
    return { state: 'refused', reason: `${rejected.by} rejected it for the environment ${environment}${why}` }
  }
  const approved = reviews.filter((review) => review.decision === 'approved').length
  const missing = Math.max(0, wants.approvals - approved)
  if (missing > 0 && now - since >= longestWaitMs) {
    return { state: 'refused', reason: `Nobody approved it for the environment ${environment} for 30 days.` }
  }
  if (missing > 0) {
    const of = wants.approvals === 1 ? 'an approval' : `${missing} of ${wants.approvals} approvals`
    return { state: 'waits', reason: `Waits for ${of} for the environment ${environment}.`, missing }
  }
  const opensAt = since + wants.waitMinutes * 60_000
  if (now < opensAt) {
    const at = new Date(opensAt).toISOString().slice(0, 16).replace('T', ' ')
    const reason = `Waits until ${at} UTC for the environment ${environment} (${wants.waitMinutes} minutes).`
    return { state: 'waits', reason, missing: 0 }
  }
  return { state: 'open' }
}
