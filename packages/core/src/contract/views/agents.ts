import { z } from 'zod'
import { responseTypes } from '../../domain/agent-run.ts'
import { id, time } from './wire.ts'

/** One entry of a conversation: a prompt of a person or the platform, or an event of the agent. */
export const ConversationEntry = z.object({
  turn: z.int(),
  seq: z.int(),
  at: time,
  role: z.enum(['person', 'platform', 'agent']),
  kind: z.enum(['message', 'tool_call', 'tool_result', 'output', 'plan', 'usage', 'prompt', 'end']),
  text: z.string(),
  data: z.record(z.string(), z.unknown()),
})
export type ConversationEntry = z.infer<typeof ConversationEntry>

export const AgentRunView = z.object({
  id,
  driver: z.string(),
  label: z.string(),
  scripted: z.boolean(),
  status: z.enum(['queued', 'in_progress', 'idle', 'completed']),
  conclusion: z.enum(['success', 'failure', 'cancelled']).nullable(),
  responseType: z.enum(responseTypes).nullable(),
  turn: z.int(),
  conversation: z.array(ConversationEntry),
})
export type AgentRunView = z.infer<typeof AgentRunView>
