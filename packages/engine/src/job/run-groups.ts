import { Failure } from '@signalbox/core/base/failure.ts'
import type { Contexts } from '@signalbox/core/expressions/contexts.ts'
import {
  deadlockReason,
  enterGroup,
  fullReason,
  type GroupMember,
  type GroupWish,
  groupWish,
  overtakenReason,
  replacedReason,
} from '@signalbox/core/plan/enter-group.ts'
import type { Workflow, WorkflowJob } from '@signalbox/core/workflow/model.ts'

/** What a job of a run without a server is told when it is its turn. */
export interface Turn {
  state: 'holds' | 'waits' | 'ended'
  /** Of an ended one. */
  conclusion?: 'cancelled' | 'failure'
  reason?: string
  /** Jobs by name that end because of it, with why; one that runs holds its group until it has ended. */
  cancel: Array<{ name: string; reason: string }>
}

/** The groups of `concurrency` among the jobs of one run. */
export interface RunGroups {
  /** Enters the job's group the first time; later answers how it stands there. */
  turn(name: string, job: WorkflowJob, contexts: Contexts): Turn
  /** The job has ended: its group goes to the next. */
  leave(name: string): void
}

/** Groups in memory: a run without a server has no other run beside it, so the workflow's own group is free. */
export function createRunGroups(workflow: Pick<Workflow, 'concurrency'>, outside: Contexts): RunGroups {
  const groups = new Map<string, GroupMember<string>[]>()
  const keyOf = new Map<string, string>()
  const own = workflow.concurrency && groupWish(workflow.concurrency, outside)

  function standing(name: string, key: string): Turn {
    const members = groups.get(key) ?? []
    const [first] = members
    if (first && !members.some((member) => member.holds)) first.holds = true
    const holds = members.some((member) => member.id === name && member.holds)
    return { state: holds ? 'holds' : 'waits', cancel: [] }
  }

  function enter(name: string, wish: GroupWish): Turn {
    if (wish.key === own?.key) return ended('cancelled', deadlockReason(wish.group))
    const members = groups.get(wish.key) ?? []
    const entry = enterGroup(members, wish)
    if (entry.state === 'refused') return ended('cancelled', fullReason(wish.group))
    const by = `the job ${name}`
    groups.set(wish.key, [
      ...members.filter((member) => !entry.replace.includes(member.id)),
      { id: name, holds: entry.state === 'holds' },
    ])
    keyOf.set(name, wish.key)
    const cancel = [
      ...entry.replace.map((id) => ({ name: id, reason: replacedReason(wish.group, by) })),
      ...entry.cancel.map((id) => ({ name: id, reason: overtakenReason(wish.group, by) })),
    ]
    return { state: entry.state, cancel }
  }

  return {
    turn(name, job, contexts) {
      const key = keyOf.get(name)
      if (key !== undefined) return standing(name, key)
      if (!job.concurrency) return { state: 'holds', cancel: [] }
      try {
        const wish = groupWish(job.concurrency, contexts)
        return wish ? enter(name, wish) : { state: 'holds', cancel: [] }
      } catch (error) {
        if (error instanceof Failure) return ended('failure', `concurrency: ${error.message}`)
        throw error
      }
    },
    leave(name) {
      const key = keyOf.get(name)
      if (key === undefined) return
      keyOf.delete(name)
      groups.set(
        key,
        (groups.get(key) ?? []).filter((member) => member.id !== name),
      )
    },
  }
}

function ended(conclusion: 'cancelled' | 'failure', reason: string): Turn {
  return { state: 'ended', conclusion, reason, cancel: [] }
}
