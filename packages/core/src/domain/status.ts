/** GitHub's words: a conclusion exists only when the status is completed. */
export type Status = 'queued' | 'in_progress' | 'completed'

export const conclusions = [
  'success',
  'failure',
  'cancelled',
  'skipped',
  'timed_out',
  'neutral',
  'action_required',
] as const

export type Conclusion = (typeof conclusions)[number]

/** A transition that the state does not allow: the caller read an older row, or asked for the impossible. */
export interface Refused {
  ok: false
  reason: string
}

/** The next state, and the name of the event that is stored with it. */
export interface Accepted<State> {
  ok: true
  state: State
  event: string
}

export type Transition<State> = Accepted<State> | Refused

export function accepted<State>(state: State, event: string): Accepted<State> {
  return { ok: true, state, event }
}

export function refused(machine: string, status: string, event: string): Refused {
  return { ok: false, reason: `a ${machine} that is ${status} cannot take "${event}"` }
}
