import {
  type AgentRunView,
  ConversationEntry,
  type QuestionView,
  type UsageView,
} from '@signalbox/core/contract/views/agents.ts'
import { agentProgress } from '@signalbox/core/domain/agent-progress.ts'
import type { QuestionRow } from '../../db/agent-questions.ts'
import type { AgentEventRow } from '../../db/agent-runs.ts'
import type { AgentRunRow } from '../../db/state-of.ts'

/** What the driver says of itself: a label for people, and whether a script plays the agent. */
export interface DriverLabel {
  label: string
  scripted: boolean
}

/** A conversation in its order. */
export function agentRunView(
  row: AgentRunRow,
  told: { events: AgentEventRow[]; questions: QuestionRow[]; driver: DriverLabel },
): AgentRunView {
  const { events, questions, driver } = told
  return {
    id: row.id,
    driver: row.driver,
    label: driver.label,
    scripted: driver.scripted,
    status: row.status,
    conclusion: row.conclusion,
    responseType: row.response_type,
    turn: row.turn,
    ...agentProgress(row, events),
    questions: questions.map(questionView),
    usage: usageOf(events),
    conversation: events.map(conversationEntry),
  }
}

function questionView(row: QuestionRow): QuestionView {
  return {
    id: row.id,
    turn: row.turn,
    ...row.request,
    askedAt: row.asked_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
  }
}

function usageOf(events: AgentEventRow[]): UsageView | null {
  const told = events.filter((event) => event.kind === 'usage')
  if (told.length === 0) return null
  const sum = (name: string) =>
    told.reduce((total, { data }) => total + (typeof data[name] === 'number' ? data[name] : 0), 0)
  return {
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    cachedTokens: sum('cachedTokens'),
    costUsd: sum('costUsd'),
  }
}

/** One entry as the contract has it. */
export function conversationEntry(row: AgentEventRow): ConversationEntry {
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
