import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { useMemo } from 'react'
import { Chevron } from '../../components/chevron.tsx'
import { PermissionAsk } from '../../components/permission-ask.tsx'
import { Ago } from '../../components/time.tsx'
import { foldConversation, type Turn } from '../../lib/conversation.ts'
import { useAnswer } from '../../lib/use-answer.ts'
import { AgentCorner } from './agent-corner.tsx'
import { ConversationItem } from './conversation-item.tsx'
import { MessageBox } from './message-box.tsx'
import { PlanDecision } from './plan-decision.tsx'
import { may } from './use-verbs.ts'

/** The agent's conversation, turn by turn; at its end the plan to decide on, or a box to answer. */
export function Conversation({ change }: { change: ChangeDetail }) {
  const entries = change.agentRun?.conversation
  const turns = useMemo(() => foldConversation(entries ?? []), [entries])
  const question = change.agentRun?.questions[0]
  const answer = useAnswer(change.id)
  const agent = change.agentRun?.label ?? 'Agent'
  return (
    <div className="talk" data-testid="conversation">
      {change.agentRun ? <AgentCorner run={change.agentRun} turn={turns.at(-1)} /> : null}
      {turns.length === 0 ? <p className="muted">The agent has not said anything yet.</p> : null}
      {turns.map((turn) => (
        <TurnView
          key={turn.turn}
          turn={turn}
          agent={agent}
          last={turn === turns.at(-1)}
          only={turns.length === 1}
          works={change.agentRun?.status === 'in_progress'}
        />
      ))}
      {change.agentRun?.status === 'in_progress' && !question ? (
        <p className="lamp-text-moving">{agent} works…</p>
      ) : null}
      {question ? (
        <PermissionAsk
          project={change.projectSlug}
          key={question.id}
          question={question}
          more={(change.agentRun?.questions.length ?? 1) - 1}
          onAnswer={(chosen) => answer.mutate({ question: question.id, answer: chosen })}
        />
      ) : null}
      {may(change, 'confirm') || may(change, 'change_plan') || may(change, 'reject') ? (
        <PlanDecision change={change} />
      ) : may(change, 'message') ? (
        <MessageBox changeId={change.id} project={change.projectSlug} asked={change.waitingFor === 'help'} />
      ) : null}
    </div>
  )
}

interface TurnViewProps {
  turn: Turn
  agent: string
  last: boolean
  only: boolean
  works: boolean
}

/** A turn; earlier ones are folded, so that what is asked now stands in view. */
function TurnView({ turn, agent, last, only, works }: TurnViewProps) {
  const items = turn.items.map((item) => (
    <ConversationItem
      key={`${item.kind}${item.seq}`}
      item={item}
      agent={agent}
      growing={works && last && item === turn.items.at(-1)}
    />
  ))
  const divider = (
    <>
      Turn {turn.turn} · <Ago at={turn.startedAt} />
    </>
  )
  if (only) return items
  if (last) {
    return (
      <>
        <div className="turn-line">{divider}</div>
        {items}
      </>
    )
  }
  return (
    <details className="turn-folded">
      <summary className="turn-line">
        <Chevron />
        {divider}
      </summary>
      <div className="talk">{items}</div>
    </details>
  )
}
