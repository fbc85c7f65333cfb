import { Failure } from '../base/failure.ts'
import type { Contexts } from '../expressions/contexts.ts'
import { evaluateTemplate } from '../expressions/evaluate.ts'
import type { Concurrency } from '../workflow/model.ts'

/** What a run or a job asks of its group. */
export interface GroupWish {
  /** As people wrote it. */
  group: string
  /** The same for all ways to write it. */
  key: string
  cancelInProgress: boolean
  queue: Concurrency['queue']
}

/** One that is in a group: at most one holds it, the others wait in their order. */
export interface GroupMember<Id> {
  id: Id
  holds: boolean
  /** The newcomer may not end it: it is trusted and the newcomer is not. */
  protected?: boolean
}

/** What becomes of a newcomer and of those before it. */
export interface Entry<Id> {
  /** `refused`: too many wait already. */
  state: 'holds' | 'waits' | 'refused'
  /** The holder, when it is to be cancelled. */
  cancel: Id[]
  /** Those that waited and give way. */
  replace: Id[]
}

/** GitHub's limit of those that wait in one group with `queue: max`. */
export const mostWaiting = 100
const longestName = 400

/**
 * Evaluates `concurrency`; undefined when its name comes to nothing: then there is no group. Throws a Failure
 * `invalid-concurrency` for values that are none, and `expression-failed`.
 */
export function groupWish(concurrency: Concurrency, contexts: Contexts): GroupWish | undefined {
  const group = evaluateTemplate(concurrency.group.source, contexts).trim()
  if (group === '') return undefined
  if (group.length > longestName) {
    throw new Failure('invalid-concurrency', `the name of a group has ${longestName} characters at most`)
  }
  const cancel = concurrency.cancelInProgress
    ? evaluateTemplate(concurrency.cancelInProgress.source, contexts)
    : ''
  if (!['', 'true', 'false'].includes(cancel)) {
    throw new Failure(
      'invalid-concurrency',
      `cancel-in-progress is true or false, not ${cancel.slice(0, 50)}`,
    )
  }
  const cancelInProgress = cancel === 'true'
  if (cancelInProgress && concurrency.queue === 'max') {
    throw new Failure('invalid-concurrency', 'queue: max and cancel-in-progress: true exclude each other')
  }
  return { group, key: group.toLowerCase(), cancelInProgress, queue: concurrency.queue }
}

/**
 * How a newcomer enters a group; `members` in their order. Beside a trusted one that waits, one that is not trusted
 * waits as well, and it cancels no trusted one.
 */
export function enterGroup<Id>(
  members: ReadonlyArray<GroupMember<Id>>,
  wish: Pick<GroupWish, 'cancelInProgress' | 'queue'>,
): Entry<Id> {
  const waiting = members.filter((member) => !member.holds)
  const holders = members.filter((member) => member.holds)
  if (members.length === 0) return { state: 'holds', cancel: [], replace: [] }
  if (wish.queue === 'max' && waiting.length >= mostWaiting) {
    return { state: 'refused', cancel: [], replace: [] }
  }
  return {
    state: 'waits',
    cancel: wish.cancelInProgress ? endable(holders) : [],
    replace: wish.queue === 'single' ? endable(waiting) : [],
  }
}

function endable<Id>(members: ReadonlyArray<GroupMember<Id>>): Id[] {
  return members.filter((member) => !member.protected).map((member) => member.id)
}

/** Why one that waited was cancelled; `by`: as in `run #12`. */
export function replacedReason(group: string, by: string): string {
  return `It waited in the group ${group}, and ${by} took its place.`
}

/** Why the holder was cancelled. */
export function overtakenReason(group: string, by: string): string {
  return `It was cancelled in favour of ${by} of the group ${group} (cancel-in-progress).`
}

/** Why a newcomer was turned away. */
export function fullReason(group: string): string {
  return `${mostWaiting} wait in the group ${group} already.`
}

/** Why a job can never get its group. */
export function deadlockReason(group: string): string {
  return `Its group ${group} is held by its own run, which would wait for it for ever. Give the job another group.`
}
