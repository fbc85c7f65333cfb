import type { DeploymentView } from '@signalbox/core/contract/views/deployments.ts'
import type { RunDetail, RunSummary } from '@signalbox/core/contract/views/runs.ts'
import { median } from './format.ts'

/** What a run of this kind usually takes, in milliseconds: the median of the completed ones; null without history. */
export function usualRunMs(runs: RunSummary[], kind: RunSummary['kind']): number | null {
  const done = runs.filter((run) => run.kind === kind && run.startedAt && run.completedAt)
  return median(done.map((run) => Date.parse(run.completedAt ?? '') - Date.parse(run.startedAt ?? '')))
}

/**
 * What jobs and steps took in earlier runs of the same workflow, in milliseconds: the median of those that
 * succeeded. A step is known by its job and name.
 */
export function usualTimes(runs: readonly RunDetail[]): (job: string, step?: string) => number | null {
  const times = new Map<string, number[]>()
  const add = (key: string, from: string | null, to: string | null) => {
    if (!from || !to) return
    times.set(key, [...(times.get(key) ?? []), Date.parse(to) - Date.parse(from)])
  }
  for (const job of runs.flatMap((run) => run.jobs)) {
    if (job.conclusion === 'success') add(job.key, job.startedAt, job.completedAt)
    for (const step of job.steps) {
      if (step.conclusion === 'success') add(`${job.key}\n${step.name}`, step.startedAt, step.completedAt)
    }
  }
  return (job, step) => median(times.get(step === undefined ? job : `${job}\n${step}`) ?? [])
}

/** The release that traffic would go back to: the newest kept one of the environment that once had it. */
export function rollbackTarget(
  deployments: DeploymentView[],
  current: DeploymentView,
): DeploymentView | null {
  const kept = deployments.filter(
    (each) =>
      each.id !== current.id &&
      each.environment === current.environment &&
      each.status === 'completed' &&
      each.liveAt !== null &&
      each.conclusion !== 'rolled_back' &&
      each.conclusion !== 'failed' &&
      (each.release === 'stopped' || each.release === 'running') &&
      each.commit !== current.commit,
  )
  return kept.toSorted((a, b) => Date.parse(b.liveAt ?? '') - Date.parse(a.liveAt ?? ''))[0] ?? null
}
