import { Failure } from '@signalbox/core/base/failure.ts'
import { expandStrategy } from '@signalbox/core/plan/expand-matrix.ts'
import { legKeys } from '@signalbox/core/plan/leg-names.ts'
import type { Workflow, WorkflowJob } from '@signalbox/core/workflow/model.ts'

/** A job as it is drawn. */
export interface GraphJob {
  key: string
  needs: string[]
  /** Names of the legs of its matrix; undefined without one; a text where they are known only while it runs. */
  legs: string[] | 'dynamic' | undefined
  /** From 0: one more than the highest of the jobs that it needs. */
  level: number
}

/** The jobs of a workflow by level, those of one level in the order written. */
export function graphOf(workflow: Workflow): GraphJob[] {
  const byKey = new Map(workflow.jobs.map((job) => [job.key, job]))
  const levels = new Map<string, number>()
  // Parsing refuses circles and needs that are not there.
  const pending = [...workflow.jobs]
  while (pending.length > 0) {
    const job = pending.shift()
    if (!job) break
    const above = job.needs.filter((need) => byKey.has(need)).map((need) => levels.get(need))
    if (above.includes(undefined)) pending.push(job)
    else levels.set(job.key, Math.max(-1, ...above.map((level) => level ?? 0)) + 1)
  }
  return workflow.jobs
    .map((job) => ({
      key: job.key,
      needs: job.needs,
      legs: legsOf(job),
      level: levels.get(job.key) ?? 0,
    }))
    .sort((a, b) => a.level - b.level)
}

function legsOf(job: WorkflowJob): GraphJob['legs'] {
  if (!job.strategy?.matrix) return undefined
  try {
    const { combinations } = expandStrategy(job.strategy, {})
    return legKeys(job.key, combinations)
  } catch (error) {
    if (error instanceof Failure) return 'dynamic'
    throw error
  }
}

/** Legs in words: as many names as fit, and how many more there are. */
export function legLines(legs: GraphJob['legs'], most: number): string[] {
  if (legs === undefined) return []
  if (legs === 'dynamic') return ['legs known while it runs']
  const shown = legs.length > most ? legs.slice(0, most - 1) : legs
  return shown.length < legs.length ? [...shown, `and ${legs.length - shown.length} more`] : shown
}
