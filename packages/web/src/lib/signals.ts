import type { ChangeSummary } from '@signalbox/core/contract/views/changes.ts'
import type { DeploymentView } from '@signalbox/core/contract/views/deployments.ts'
import type { Conclusion, Status } from '@signalbox/core/domain/status.ts'
import type { Lamp, Signal, Stage } from '@signalbox/core/domain/strip.ts'

/** What a lamp says in words; never its colour alone. */
export const lampWords: Record<Lamp, string> = {
  off: 'not reached',
  skipped: 'not needed',
  moving: 'moving',
  clear: 'clear',
  waiting: 'waits for a person',
  stopped: 'stopped',
}

/** The stage that the strip stands at: the last one that is lit. */
export function currentSignal(strip: Signal[]): Signal {
  const lit = strip.findLast((signal) => signal.lamp !== 'off')
  return lit ?? { stage: 'goal', lamp: 'off' }
}

const waitingWords = {
  plan: 'Plan to confirm',
  merge: 'Ready to merge',
  approval: 'Approval needed',
  help: 'Help needed',
  permission: 'Answer needed',
} as const
const statusWords: Record<ChangeSummary['status'], string> = {
  working: 'Agent works',
  validating: 'Validating',
  fixing: 'Fixing',
  waiting: 'Waiting',
  merging: 'Merging',
  deploying: 'Deploying',
  completed: 'Completed',
}
const conclusionWords: Record<NonNullable<ChangeSummary['conclusion']>, string> = {
  deployed: 'Deployed',
  merged: 'Merged',
  answered: 'Answered',
  rolled_back: 'Rolled back',
  deploy_failed: 'Deploy failed',
  rejected: 'Rejected',
  cancelled: 'Cancelled',
}

type ChangeFacts = Pick<ChangeSummary, 'status' | 'conclusion' | 'waitingFor' | 'strip'>

/** Where a change stands, in two or three words. */
export function changeWord(change: ChangeFacts): string {
  if (change.conclusion) return conclusionWords[change.conclusion]
  if (change.waitingFor) return waitingWords[change.waitingFor]
  if (change.status === 'deploying' && currentSignal(change.strip).stage === 'watch') return 'Watching'
  return statusWords[change.status]
}

export function changeLamp(change: ChangeFacts): Lamp {
  return currentSignal(change.strip).lamp
}

interface StatusFacts {
  status: Status
  conclusion: Conclusion | null
}

const conclusionLamps: Record<Conclusion, Lamp> = {
  success: 'clear',
  neutral: 'clear',
  failure: 'stopped',
  timed_out: 'stopped',
  cancelled: 'skipped',
  skipped: 'skipped',
  action_required: 'waiting',
}
const runWords: Record<Conclusion, string> = {
  success: 'Succeeded',
  neutral: 'Neutral',
  failure: 'Failed',
  timed_out: 'Timed out',
  cancelled: 'Cancelled',
  skipped: 'Skipped',
  action_required: 'Waits for a person',
}

/** The lamp of a run, job or step. */
export function statusLamp({ status, conclusion }: StatusFacts): Lamp {
  if (conclusion) return conclusionLamps[conclusion]
  return status === 'in_progress' ? 'moving' : 'off'
}

/** The lamp of several that count as one, the legs of a matrix: the worst there is, else the busiest. */
export function stackLamp(all: readonly StatusFacts[]): Lamp {
  const lamps = all.map(statusLamp)
  const order: Lamp[] = ['stopped', 'moving', 'waiting', 'off', 'clear', 'skipped']
  return order.find((lamp) => lamps.includes(lamp)) ?? 'off'
}

export function statusWord({ status, conclusion }: StatusFacts): string {
  if (conclusion) return runWords[conclusion]
  return status === 'in_progress' ? 'Running' : 'Queued'
}

const deploymentEnds: Record<NonNullable<DeploymentView['conclusion']>, [Lamp, string]> = {
  live: ['clear', 'Live'],
  failed: ['stopped', 'Failed'],
  rolled_back: ['stopped', 'Rolled back'],
  superseded: ['skipped', 'Superseded'],
  cancelled: ['skipped', 'Cancelled'],
}
const deploymentMoves: Record<DeploymentView['status'], string> = {
  queued: 'Queued',
  starting: 'Starting',
  checking: 'Checking health',
  watching: 'Watching',
  completed: 'Completed',
}

/** Lamp and word of a deployment. A release that has the traffic again after a rollback is live. */
export function deploymentSignal(deployment: DeploymentView): { lamp: Lamp; word: string } {
  if (deployment.live && deployment.status === 'completed') return { lamp: 'clear', word: 'Live' }
  if (deployment.conclusion) {
    const [lamp, word] = deploymentEnds[deployment.conclusion]
    return { lamp, word }
  }
  return { lamp: deployment.status === 'queued' ? 'off' : 'moving', word: deploymentMoves[deployment.status] }
}

/** Parts of the change page that may be folded, in their order on it. */
export const sections = ['conversation', 'pull-request', 'validation', 'gates', 'deployment'] as const
export type SectionName = (typeof sections)[number]

/** Where on the change page a stage is told about. */
export const sectionOfStage: Record<Stage, SectionName> = {
  goal: 'conversation',
  agent: 'conversation',
  'pull request': 'pull-request',
  validate: 'validation',
  fix: 'validation',
  gates: 'gates',
  queue: 'gates',
  merge: 'gates',
  deploy: 'deployment',
  watch: 'deployment',
}

/** What the current stage needs; the rest is folded. */
export function openSections(change: ChangeFacts & { pullRequest: unknown }): SectionName[] {
  const { stage } = currentSignal(change.strip)
  if (change.waitingFor === 'help') return ['conversation', 'validation']
  if (change.waitingFor === 'approval') return ['gates', 'pull-request']
  if (stage === 'fix' && change.status === 'working') return ['validation', 'conversation']
  return [sectionOfStage[stage]]
}

/** The parts in their order; where a person is asked, what the question needs comes first. */
export function orderedSections(change: ChangeFacts & { pullRequest: unknown }): SectionName[] {
  if (change.status !== 'waiting') return [...sections]
  const needed = openSections(change)
  return [...needed, ...sections.filter((name) => !needed.includes(name))]
}
