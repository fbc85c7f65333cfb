import type { Contexts } from '../expressions/contexts.ts'
import type { Workflow, WorkflowJob } from '../workflow/model.ts'
import type { Combination } from './expand-matrix.ts'
import { type JobPlace, jobAt, jobPath, levelOf, putState, type RunStates } from './job-path.ts'
import { type Plan, planJobs } from './plan-jobs.ts'

/** One execution as it would come if every job before it succeeded. */
export interface ForecastJob {
  /** The key of the job; of a leg `key (value, value)`, in a called workflow `caller / key`. */
  name: string
  job: WorkflowJob
  combination?: Combination | undefined
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
  const states: RunStates = {}
  const found: ForecastJob[] = []
  const add = (place: JobPlace, rest: Omit<ForecastJob, 'name' | 'job' | 'uncertain'>) => {
    const name = jobPath(states, place)
    const job = jobAt(workflow, name)?.job
    if (job) found.push({ name, job, ...rest, uncertain: asksOthers(job) })
  }
  for (let wave = 0; ; ) {
    const plan = planJobs(workflow, states, { contexts: options.contexts })
    for (const { conclusion, reason, ...place } of plan.settle) {
      putState(states, place, { status: 'completed', conclusion, outputs: {} })
      add(place, { wave, settled: { conclusion, reason } })
    }
    for (const { conclusion, outputs, ...place } of plan.close) {
      putState(states, place, { status: 'completed', conclusion, outputs })
    }
    for (const place of plan.expand) expand(states, place, options.wantsLeg)
    for (const { inputs, calls, key, leg } of plan.open) {
      putState(states, placeOf({ calls, key, leg }), { status: 'in_progress', call: { inputs, jobs: {} } })
    }
    if (plan.expand.length + plan.open.length > 0) continue
    if (plan.complete || plan.start.length + plan.settle.length + plan.close.length === 0) return found
    for (const { calls, key, leg } of plan.start) {
      const place = placeOf({ calls, key, leg })
      putState(states, place, { status: 'completed', conclusion: 'success', outputs: {} })
      const one = leg === undefined ? undefined : levelOf(states, place)[key]?.legs?.states[leg]
      add(place, { combination: one?.combination, wave })
    }
    if (plan.start.length > 0) wave++
  }
}

function placeOf({ calls, key, leg }: { [name in keyof JobPlace]: JobPlace[name] | undefined }): JobPlace {
  return { ...(calls && { calls }), key: key ?? '', ...(leg !== undefined && { leg }) }
}

function expand(
  states: RunStates,
  { strategy, ...place }: Plan['expand'][number],
  wantsLeg: (jobKey: string, combination: Combination) => boolean = () => true,
): void {
  const combinations = strategy.combinations.filter((one) => place.calls || wantsLeg(place.key, one))
  const legs = combinations.map((combination) => ({ status: 'queued' as const, combination }))
  levelOf(states, place)[place.key] =
    legs.length === 0
      ? { status: 'completed', conclusion: 'skipped', outputs: {} }
      : { status: 'in_progress', legs: { states: legs, failFast: strategy.failFast } }
}

function asksOthers(job: WorkflowJob): boolean {
  const texts = [job.if?.expression ?? '', job.strategy ? JSON.stringify(job.strategy) : '']
  return texts.some((text) => /\bneeds\s*[.[]/i.test(text))
}
