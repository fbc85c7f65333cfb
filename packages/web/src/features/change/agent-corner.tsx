import type { AgentRunView } from '@signalbox/core/contract/views/agents.ts'
import { Elapsed } from '../../components/time.tsx'
import type { Turn } from '../../lib/conversation.ts'

interface AgentCornerProps {
  run: AgentRunView
  /** The turn under way or the last one. */
  turn: Turn | undefined
}

/** In the corner of the conversation: how far it is, how long it takes, what it used. */
export function AgentCorner({ run, turn }: AgentCornerProps) {
  const { usage } = run
  const tokens = usage ? usage.inputTokens + usage.outputTokens : 0
  const works = run.status === 'in_progress'
  return (
    <p className="talk-corner muted num" data-testid="agent-corner">
      {works && run.progress > 0 ? <span>{run.progress} %</span> : null}
      {works && run.currentStep ? <span className="cut">{run.currentStep}</span> : null}
      {turn ? <Elapsed from={turn.startedAt} to={works ? null : turn.endedAt} /> : null}
      {tokens > 0 ? <span title={tokenTitle(usage)}>{tokens.toLocaleString()} tokens</span> : null}
      {usage && usage.costUsd > 0 ? <span>${usage.costUsd.toFixed(2)}</span> : null}
    </p>
  )
}

function tokenTitle(usage: AgentRunView['usage']): string {
  if (!usage) return ''
  const { inputTokens, outputTokens, cachedTokens } = usage
  return `${inputTokens.toLocaleString()} in (${cachedTokens.toLocaleString()} from a cache), ${outputTokens.toLocaleString()} out`
}
