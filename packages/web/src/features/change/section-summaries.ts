import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { plural, shortHash } from '../../lib/format.ts'
import { deploymentSignal, type SectionName, statusWord } from '../../lib/signals.ts'

/** One line for each part of the change, so that a folded part says enough. */
export function sectionSummaries(change: ChangeDetail): Record<SectionName, string> {
  const conversation = change.agentRun?.conversation ?? []
  const last = conversation.findLast((entry) => entry.kind === 'message' && entry.role === 'agent')
  const printed = conversation.findLast((entry) => entry.kind === 'output' && entry.text.trim() !== '')
  const attempts = change.runs
    .filter((run) => run.kind === 'validation')
    .toSorted((a, b) => a.number - b.number)
  const newest = attempts.at(-1)
  const pull = change.pullRequest
  const reasons = change.gate?.reasons ?? []
  const green = reasons.filter((reason) => reason.state === 'green').length
  const deployment = change.deployment
  return {
    conversation: last
      ? (last.text.split('\n', 1)[0] ?? '').replaceAll(/[`*]/g, '')
      : (printed?.text.trimEnd().split('\n').at(-1) ?? ''),
    'pull-request': pull ? `${pull.state} · ${pull.headBranch} → ${pull.baseBranch}` : '',
    validation: newest
      ? `${plural(attempts.length, 'attempt')} · last ${statusWord(newest).toLowerCase()}`
      : '',
    gates: reasons.length > 0 ? `${green} of ${reasons.length} green` : '',
    deployment: deployment
      ? `${deploymentSignal(deployment).word} · ${deployment.environment} · ${shortHash(deployment.commit)}`
      : '',
  }
}
