import type { ConversationKind, QuestionView } from '@signalbox/core/contract/views/agents.ts'
import type { AgentRunState, ResponseType } from '@signalbox/core/domain/agent-run.ts'
import type { Generated } from 'kysely'
import type { Fence, Json, JsonDefault, Stamped } from './columns.ts'

export interface AgentRunsTable {
  id: string
  change_id: string
  driver: string
  status: AgentRunState['status']
  conclusion: AgentRunState['conclusion']
  turn: Generated<number>
  response_type: ResponseType | null
  fence: Fence
  created_at: Stamped
  updated_at: Stamped
}

export interface AgentEventsTable {
  agent_run_id: string
  turn: number
  seq: number
  at: Stamped
  role: 'person' | 'platform' | 'agent'
  kind: ConversationKind
  body: string
  data: JsonDefault<Record<string, unknown>>
}

export interface AgentQuestionsTable {
  id: string
  agent_run_id: string
  turn: number
  job_id: string
  request: Json<Pick<QuestionView, 'title' | 'kind' | 'input' | 'diff' | 'options'>>
  status: Generated<'waiting' | 'answered' | 'over'>
  allowed: boolean | null
  option_id: string | null
  answered_by: string | null
  asked_at: Date
  expires_at: Date
  answered_at: Date | null
}

export interface AgentSessionsTable {
  agent_run_id: string
  turn: number
  session_id: string
  totals: Json<Record<string, number>>
  home: Buffer | null
}
