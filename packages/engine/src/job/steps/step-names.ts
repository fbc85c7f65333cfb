import { actionReference, ownReference } from '@signalbox/core/workflow/action-reference.ts'
import type { Step } from '@signalbox/core/workflow/model.ts'
import { isLocal } from '@signalbox/core/workflow/read/read-uses.ts'

const known = new WeakMap<readonly Step[], Map<Step, string>>()

/**
 * What GITHUB_ACTION says of a step: its id, or what GitHub makes up: `__run`, `__owner_repo`, `__self` for an action
 * of the own repository, with `_2` and so on for those that come again.
 */
export function actionNameOf(steps: readonly Step[], step: Step): string {
  let names = known.get(steps)
  if (!names) {
    names = namesOf(steps)
    known.set(steps, names)
  }
  return step.id ?? names.get(step) ?? '__run'
}

function namesOf(steps: readonly Step[]): Map<Step, string> {
  const counts = new Map<string, number>()
  return new Map(
    steps.map((step) => {
      if (step.id) return [step, step.id]
      const base = baseOf(step)
      const count = (counts.get(base) ?? 0) + 1
      counts.set(base, count)
      return [step, count === 1 ? base : `${base}_${count}`]
    }),
  )
}

function baseOf(step: Step): string {
  if (step.kind !== 'uses') return '__run'
  if (isLocal(step.uses) || ownReference(step.uses)) return '__self'
  const reference = actionReference(step.uses)
  const name = reference ? `${reference.owner}/${reference.repo}` : step.uses
  return `__${name.replace(/[^A-Za-z0-9_-]/g, '_')}`
}
