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

/** The job of a path as `jobPath` makes it, the workflow that it is of, and the paths of those that it needs. */
export function jobAt(
  root: Workflow,
  path: string,
): { job: WorkflowJob; workflow: Workflow; needs: string[] } | undefined {
  const names = path.split(callSeparator)
  let workflow: Workflow | undefined = root
  for (const [index, name] of names.entries()) {
    const key = name.replace(/ \(.*$/s, '')
    const jobs: WorkflowJob[] = workflow?.jobs ?? []
    const job = jobs.find((one) => one.key === name) ?? jobs.find((one) => one.key === key)
    if (!job || !workflow) return undefined
    if (index < names.length - 1) workflow = job.call?.workflow
    else {
      const around = names.slice(0, -1)
      return { job, workflow, needs: job.needs.map((need) => [...around, need].join(callSeparator)) }
    }
  }
  return undefined
}
