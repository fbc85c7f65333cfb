import { Failure } from '@signalbox/core/base/failure.ts'
import { isStatic, machineWish } from '@signalbox/core/plan/machine-wish.ts'
import type { WorkflowJob } from '@signalbox/core/workflow/model.ts'
import type { StoredWish } from '../../db/schema/runs.ts'
import type { RunRow } from '../../db/state-of.ts'

/** What a job wants of its worker where that can be known before it runs; undefined for any worker. */
export function staticWish(kind: RunRow['kind'], { runsOn }: WorkflowJob): StoredWish | undefined {
  if (kind === 'agent' || kind === 'deploy' || !isStatic(runsOn)) return undefined
  try {
    return machineWish(runsOn, {})
  } catch (error) {
    // It is said when the job's turn comes.
    if (error instanceof Failure) return undefined
    throw error
  }
}
