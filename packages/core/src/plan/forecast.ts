import type { Contexts } from '../expressions/contexts.ts'
import type { Workflow, WorkflowJob } from '../workflow/model.ts'
import type { Combination } from './expand-matrix.ts'
import type { JobState } from './job-state.ts'
import { legKeys } from './leg-names.ts'
import { planJobs } from './plan-jobs.ts'

/** One execution as it would come if every job before it succeeded. */
export interface ForecastJob {
  /** The key of the job; of a leg `key (value, value)`. */
  name: string
  job: WorkflowJob
  combination?: Combination
  /** From 0: jobs of one wave may run side by side. */
  wave: number
  /** Undefined when it would run; else how it ends without running, and why. */
  settled?: { conclusion: 'skipped' | 'cancelled' | 'failure'; reason: string }
  /** Its matrix or its condition asks what another job hands on, which is known only while it runs. */
  uncertain: boolean
}

/** What would run, wave by wave, with every job a success that hands on nothing. */
export function forecast(
  workflow: Workflow,
  options: {
    contexts?: Pick<Contexts, 'github' | 'inputs' | 'vars'>
    wantsLeg?: (jobKey: string, combination: Combination) => boolean
  } = {},
): ForecastJob[] {
  const states: Record<string, JobState> = {}
  const byKey = new Map(workflow.jobs.map((job) => [job.key, job]))
  const found: ForecastJob[] = []
  for (let wave = 0; ; ) {
    const plan = planJobs(workflow, states, { contexts: options.contexts })
    for (const { key, conclusion, reason } of plan.settle) {
      const job = byKey.get(key)
      states[key] = { status: 'completed', conclusion, outputs: {} }
      const settled = { conclusion, reason }
      if (job) found.push({ name: key, job, wave, settled, uncertain: asksOthers(job) })
    }
    for (const { key, strategy } of plan.expand) {
      const combinations = strategy.combinations.filter((one) => options.wantsLeg?.(key, one) ?? true)
      const legs = combinations.map((combination) => ({ status: 'queued' as const, combination }))
      states[key] =
        legs.length === 0
          ? { status: 'completed', conclusion: 'skipped', outputs: {} }
          : { status: 'in_progress', legs: { states: legs, failFast: strategy.failFast } }
    }
    if (plan.expand.length > 0) continue
    if (plan.complete || (plan.start.length === 0 && plan.settle.length === 0)) return found
    for (const { key, leg } of plan.start) {
      const job = byKey.get(key)
      const state = states[key]
      const ended = { status: 'completed' as const, conclusion: 'success' as const, outputs: {} }
      const one = leg === undefined ? undefined : state?.legs?.states[leg]
      const combinations = state?.legs?.states.map((each) => each.combination) ?? []
      const name = leg === undefined ? key : (legKeys(key, combinations)[leg] ?? key)
      if (one) Object.assign(one, ended)
      else states[key] = ended
      if (job) found.push({ name, job, combination: one?.combination, wave, uncertain: asksOthers(job) })
    }
    if (plan.start.length > 0) wave++
  }
}

function asksOthers(job: WorkflowJob): boolean {
  const texts = [job.if?.expression ?? '', job.strategy ? JSON.stringify(job.strategy) : '']
  return texts.some((text) => /\bneeds\s*[.[]/i.test(text))
}
