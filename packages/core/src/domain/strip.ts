import type { ChangeConclusion, ChangeState } from './change.ts'
import type { DeploymentState } from './deployment.ts'

/** The stages of a change, left to right. */
export const stages = [
  'goal',
  'agent',
  'pull request',
  'validate',
  'fix',
  'gates',
  'queue',
  'merge',
  'deploy',
  'watch',
] as const

export type Stage = (typeof stages)[number]

/** grey not reached, grey and passed over, blue moving, green clear, amber waiting for a person, red stopped. */
export type Lamp = 'off' | 'skipped' | 'moving' | 'clear' | 'waiting' | 'stopped'

export interface Signal {
  stage: Stage
  lamp: Lamp
}

/** What the strip is drawn from. */
export interface StripFacts {
  change: ChangeState
  deployment: DeploymentState | null
  merged: boolean
  /** The agent works and waits for a person's answer. */
  asks?: boolean
}

/** The strip of signal lamps of a change: always ten, in the order of `stages`. */
export function strip(facts: StripFacts): Signal[] {
  const at = stages.indexOf(currentStage(facts))
  const lamp = currentLamp(facts)
  return stages.map((stage, index) => {
    if (index > at) return { stage, lamp: 'off' }
    if (index === at) return { stage, lamp }
    if (stage === 'fix' && facts.change.fingerprints.length === 0) return { stage, lamp: 'skipped' }
    // While a fix is under way the last validation is red: it is no stage that was passed.
    if (stage === 'validate' && stages[at] === 'fix' && facts.change.fingerprints.length > 0) {
      return { stage, lamp: 'stopped' }
    }
    return { stage, lamp: 'clear' }
  })
}

function currentStage({ change, deployment, merged }: StripFacts): Stage {
  switch (change.status) {
    case 'working':
      return change.hasPullRequest ? 'fix' : 'agent'
    case 'validating':
      return 'validate'
    case 'fixing':
      return 'fix'
    case 'waiting':
      return waitingStage(change)
    case 'merging':
      return 'merge'
    case 'deploying':
      return deployment?.status === 'watching' || deployment?.conclusion === 'live' ? 'watch' : 'deploy'
    case 'completed':
      return endStage(change, deployment, merged)
  }
}

function waitingStage(change: ChangeState): Stage {
  if (change.waitingFor === 'plan') return 'agent'
  if (change.waitingFor === 'merge') return 'queue'
  if (change.waitingFor === 'approval') return 'gates'
  return change.hasPullRequest ? 'fix' : 'agent'
}

function endStage(change: ChangeState, deployment: DeploymentState | null, merged: boolean): Stage {
  const byConclusion: Record<ChangeConclusion, Stage> = {
    deployed: 'watch',
    merged: 'merge',
    answered: 'agent',
    rolled_back: 'watch',
    deploy_failed: deployment?.conclusion === 'rolled_back' ? 'watch' : 'deploy',
    rejected: 'agent',
    cancelled: merged ? 'merge' : change.hasPullRequest ? 'validate' : 'agent',
  }
  return change.conclusion ? byConclusion[change.conclusion] : 'goal'
}

function currentLamp({ change, asks }: StripFacts): Lamp {
  if (change.status === 'waiting' || (change.status === 'working' && asks)) return 'waiting'
  if (change.status !== 'completed') return 'moving'
  const good: ChangeConclusion[] = ['deployed', 'merged', 'answered']
  return change.conclusion && good.includes(change.conclusion) ? 'clear' : 'stopped'
}
