import { type ChangeSummary, Verb } from '@signalbox/core/contract/views/changes.ts'
import { type ChangeEvent, transitionChange } from '@signalbox/core/domain/change.ts'
import { strip } from '@signalbox/core/domain/strip.ts'
import type { z } from 'zod'
import type { SummaryFacts } from '../../db/project-cards.ts'
import { type ChangeRow, changeStateOf, deploymentStateOf } from '../../db/state-of.ts'

/** A change as lists show it. */
export function changeSummary(row: ChangeRow, facts: SummaryFacts): ChangeSummary {
  const { deployment, merged, asks } = facts
  return {
    id: row.id,
    number: row.number,
    projectId: row.project_id,
    projectSlug: facts.projectSlug,
    title: row.title,
    status: row.status,
    conclusion: row.conclusion,
    waitingFor: asks === null ? row.waiting_for : 'permission',
    reason: asks === null ? row.reason : `The agent asks: ${asks}`,
    strip: strip({
      change: changeStateOf(row),
      deployment: deployment && deploymentStateOf(deployment),
      merged,
      asks: asks !== null,
    }),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

/** What each verb would ask of the state machine: the machine itself says whether it may be done now. */
const events: Record<Exclude<z.infer<typeof Verb>['verb'], 'answer'>, ChangeEvent> = {
  confirm: { type: 'plan_confirmed' },
  change_plan: { type: 'message' },
  reject: { type: 'plan_rejected', reason: '' },
  message: { type: 'message' },
  approve: { type: 'approved', commit: '' },
  merge: { type: 'merge_requested' },
  retry: { type: 'revalidate' },
  cancel: { type: 'cancel', reason: '' },
}

/** The verbs of a change, in the order of the dashboard's buttons. */
export function changeVerbs(row: ChangeRow, hasAgent: boolean, asks: boolean): z.infer<typeof Verb>[] {
  const state = changeStateOf(row)
  return Verb.shape.verb.options.map((verb) => {
    if (verb === 'answer') return { verb, allowed: asks }
    const possible = transitionChange(state, events[verb], 0).ok
    const allowed =
      possible && (verb !== 'change_plan' || row.waiting_for === 'plan') && (verb !== 'message' || hasAgent)
    return { verb, allowed }
  })
}
