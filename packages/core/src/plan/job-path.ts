import type { CallPath, JobState } from './job-state.ts'
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
