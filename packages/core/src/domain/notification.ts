import type { ChangeConclusion, WaitingFor } from './change.ts'

/** Why a person is told something; each can be muted by itself. */
export const notificationKinds = ['needs_you', 'merged', 'deployed', 'answered', 'failed'] as const
export type NotificationKind = (typeof notificationKinds)[number]

/** What an event is about, as far as telling it takes. */
export interface NotificationFacts {
  type: string
  /** The change's number and title; undefined when the event is about none. */
  change: { number: number; title: string; reason: string | null } | undefined
  conclusion: ChangeConclusion | null
  waitingFor: WaitingFor | null
  environment: string | undefined
}

export interface NotificationText {
  kind: NotificationKind
  /** One short sentence. */
  title: string
  /** Why, or what to do; empty when the title says it all. */
  text: string
}

const asks: Record<WaitingFor, string> = {
  plan: 'has a plan for you to confirm',
  merge: 'is proven and waits for you to merge it',
  approval: 'edits workflows or policy and waits for your approval',
  help: 'needs help',
}

const told: Record<string, { kind: NotificationKind; says: string }> = {
  'change.permission_asked': { kind: 'needs_you', says: 'has an agent that asks whether it may go on' },
  'change.merged': { kind: 'merged', says: 'is merged' },
  'change.deployed': { kind: 'deployed', says: 'is deployed' },
  'change.answered': { kind: 'answered', says: 'is answered' },
  'change.rolled_back': { kind: 'failed', says: 'was rolled back' },
  'change.deploy_failed': { kind: 'failed', says: 'could not be deployed' },
}

/** What people are told of an event; undefined for most events. */
export function notificationOf(facts: NotificationFacts): NotificationText | undefined {
  const { change, type } = facts
  if (!change) return ofDeployment(facts)
  const name = `#${change.number} ${change.title}`
  if (facts.waitingFor !== null && type.startsWith('change.')) {
    return { kind: 'needs_you', title: `${name} ${asks[facts.waitingFor]}`, text: change.reason ?? '' }
  }
  const known = told[type]
  if (!known) return undefined
  // A merge that is deployed next is told when it is live.
  if (type === 'change.merged' && facts.conclusion === null) return undefined
  return { kind: known.kind, title: `${name} ${known.says}`, text: change.reason ?? '' }
}

/** Deployments that a person started; those of a change are told with the change. */
function ofDeployment({
  type,
  environment = 'an environment',
}: NotificationFacts): NotificationText | undefined {
  if (type === 'deployment.live')
    return { kind: 'deployed', title: `A new release is live on ${environment}`, text: '' }
  if (type === 'deployment.failed') {
    return { kind: 'failed', title: `A deployment to ${environment} failed`, text: '' }
  }
  if (type === 'deployment.rolled_back') {
    return { kind: 'failed', title: `A deployment to ${environment} was rolled back`, text: '' }
  }
  return undefined
}
