import type { DeploymentView } from '@signalbox/core/contract/views/deployments.ts'
import type { RunSummary } from '@signalbox/core/contract/views/runs.ts'
import { median } from './format.ts'

/** What a run of this kind usually takes, in milliseconds: the median of the completed ones; null without history. */
export function usualRunMs(runs: RunSummary[], kind: RunSummary['kind']): number | null {
  const done = runs.filter((run) => run.kind === kind && run.startedAt && run.completedAt)
  return median(done.map((run) => Date.parse(run.completedAt ?? '') - Date.parse(run.startedAt ?? '')))
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
