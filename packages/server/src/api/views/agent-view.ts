import { type AgentRunView, ConversationEntry } from '@signalbox/core/contract/views/agents.ts'
import type { AgentEventRow } from '../../db/agent-runs.ts'
import type { AgentRunRow } from '../../db/state-of.ts'

/** What the driver says of itself: a label for people, and whether a script plays the agent. */
export interface DriverLabel {
  label: string
  scripted: boolean
}

/** A conversation in its order. */
export function agentRunView(row: AgentRunRow, events: AgentEventRow[], driver: DriverLabel): AgentRunView {
  return {
    id: row.id,
    driver: row.driver,
    label: driver.label,
    scripted: driver.scripted,
    status: row.status,
    conclusion: row.conclusion,
    responseType: row.response_type,
    turn: row.turn,
    conversation: events.map(conversationEntry),
  }
}

function conversationEntry(row: AgentEventRow): ConversationEntry {
  // role and kind are plain text in the table; the contract's words are checked here.
  return ConversationEntry.parse({
    turn: row.turn,
    seq: row.seq,
    at: row.at.toISOString(),
    role: row.role,
    kind: row.kind,
    text: row.body,
    data: row.data,
  })
}
