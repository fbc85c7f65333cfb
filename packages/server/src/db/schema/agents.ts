import type { AgentRunState, ResponseType } from '@signalbox/core/domain/agent-run.ts'
import type { Generated } from 'kysely'
import type { Fence, JsonDefault, Stamped } from './columns.ts'

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
  kind: 'message' | 'tool_call' | 'tool_result' | 'output' | 'plan' | 'usage' | 'prompt' | 'end'
  body: string
  data: JsonDefault<Record<string, unknown>>
}
