import type { Workflow, WorkflowJob } from '../workflow/model.ts'
import type { CallPath, JobState, LegState } from './job-state.ts'
import { callSeparator, legKeys } from './leg-names.ts'

/** A job of a run, or a leg of it by its place from 0, inside of what `calls` called. */
export interface JobPlace {
  calls?: CallPath
  key: string
  leg?: number
}

/** What names a job in its run: keys of the calling jobs and its own, as in `deploy (eu) / build`. */
export function jobPath(states: Readonly<Record<string, JobState | undefined>>, place: JobPlace): string {
  const names: string[] = []
  let level: Readonly<Record<string, JobState | undefined>> = states
  for (const { key, leg } of [...(place.calls ?? []), place]) {
    const state = level[key]
    const combinations = state?.legs?.states.map((one) => one.combination)
    names.push((leg === undefined ? undefined : combinations && legKeys(key, combinations)[leg]) ?? key)
    level = (leg === undefined ? state : state?.legs?.states[leg])?.call?.jobs ?? {}
  }
  return names.join(callSeparator)
}

/** States of a run by the keys of its jobs, to be changed as it goes on. */
export type RunStates = Record<string, JobState | undefined>

/** The states among which a job's own one is. */
export function levelOf(states: RunStates, { calls }: Pick<JobPlace, 'calls'>): RunStates {
  let level = states
  for (const step of calls ?? []) level = stateIn(level, step)?.call?.jobs ?? {}
  return level
}

/** What is known of a job, or of a leg of it, among the states of its level. */
export function stateIn(level: RunStates, { key, leg }: Pick<JobPlace, 'key' | 'leg'>): LegState | undefined {
  return leg === undefined ? level[key] : level[key]?.legs?.states[leg]
}

/** Changes what is known of a job or leg. */
export function putState(states: RunStates, place: JobPlace, state: LegState): void {
  const level = levelOf(states, place)
  const leg = place.leg === undefined ? undefined : stateIn(level, place)
  if (leg) Object.assign(leg, state)
  else level[place.key] = state
}

/** The job of a path as `jobPath` makes it, and the paths of those that it needs. */
export function jobAt(workflow: Workflow, path: string): { job: WorkflowJob; needs: string[] } | undefined {
  const names = path.split(callSeparator)
  let jobs: readonly WorkflowJob[] | undefined = workflow.jobs
  let job: WorkflowJob | undefined
  for (const name of names) {
    const key = name.replace(/ \(.*$/s, '')
    job = jobs?.find((one) => one.key === name) ?? jobs?.find((one) => one.key === key)
    jobs = job?.call?.workflow?.jobs
  }
  const around = names.slice(0, -1)
  return job && { job, needs: job.needs.map((need) => [...around, need].join(callSeparator)) }
}
