import { lacks, wishWords } from '@signalbox/core/base/machine.ts'
import type { GroupWait } from '../../db/group-members.ts'
import type { JobRow } from '../../db/state-of.ts'
import { machineOf, type WorkerRow } from '../../db/workers.ts'

/** What a run as a whole, and jobs of it by id, wait for: sentences for people. */
export interface Waits {
  run: string | null
  jobs: ReadonlyMap<string, string>
}

/** Everything that a run and its queued jobs wait for. */
export function waitWords(
  runId: string,
  given: { groups: GroupWait[]; jobs: QueuedJob[]; workers: SomeWorker[] },
): Waits {
  const { run, jobs } = groupWaitWords(runId, given.groups)
  return { run, jobs: new Map([...machineWaitWords(given.jobs, given.workers), ...jobs]) }
}

type QueuedJob = Pick<JobRow, 'id' | 'runs_on' | 'no_worker_since'>
type SomeWorker = Pick<WorkerRow, 'name' | 'labels' | 'runner_group'>

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

/** Jobs that no worker fits, in words, with what workers there are. */
function machineWaitWords(
  jobs: readonly QueuedJob[],
  workers: readonly SomeWorker[],
): ReadonlyMap<string, string> {
  const said = new Map<string, string>()
  for (const { id, runs_on: wish, no_worker_since: since } of jobs) {
    if (!wish || !since || workers.length === 0) continue
    const machines = workers.map((worker) => ({ ...machineOf(worker), name: worker.name }))
    if (machines.some((machine) => lacks(machine, wish) === undefined)) continue
    const some = machines.slice(0, 5).map(({ name, labels, group }) => {
      const inGroup = wish.group === undefined ? '' : `, group ${group}`
      return `${name} (${labels.slice(0, 12).join(', ')}${inGroup})`
    })
    const more = machines.length > 5 ? ` and ${machines.length - 5} more` : ''
    said.set(id, `No worker has ${wishWords(wish)}. Workers: ${some.join('; ')}${more}.`)
  }
  return said
}
