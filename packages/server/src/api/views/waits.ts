import type { GroupWait } from '../../db/group-members.ts'

/** What a run as a whole, and jobs of it by id, wait for: sentences for people. */
export interface Waits {
  run: string | null
  jobs: ReadonlyMap<string, string>
}

/** What stands before a run and its jobs in their groups, in words. */
export function groupWaitWords(runId: string, waits: GroupWait[]): Waits {
  const byWaiting = Map.groupBy(waits, (wait) => wait.jobId)
  const words = [...byWaiting].map(([jobId, before]) => [jobId, sentence(runId, before)] as const)
  return {
    run: words.find(([jobId]) => jobId === null)?.[1] ?? null,
    jobs: new Map(words.flatMap(([jobId, said]) => (jobId === null ? [] : [[jobId, said]]))),
  }
}

function sentence(runId: string, before: GroupWait[]): string {
  const [first, ...others] = before
  if (!first) return ''
  const run = `run #${first.runNumber}`
  const whose = first.runId === runId ? '' : ` of ${run}`
  const who = first.jobName === null ? run : `the job ${first.jobName}${whose}`
  const behind = others.length > 0 ? `, behind ${others.length} more` : ''
  return `Waits for ${who} of the group ${first.group}${behind}.`
}
