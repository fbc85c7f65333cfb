import { z } from 'zod'
import { toolKinds } from '../../base/tool-kind.ts'
import { responseTypes } from '../../domain/agent-run.ts'
import { id, time } from './wire.ts'

/** What an entry of a conversation can be; `engine/agent/port.ts` says what the data of each holds. */
export const conversationKinds = [
  'prompt',
  'message',
  'thought',
  'tool_call',
  'tool_update',
  'tool_result',
  'output',
  'plan',
  'permission_request',
  'permission_answer',
  'usage',
  'end',
] as const
export type ConversationKind = (typeof conversationKinds)[number]

/** One entry of a conversation: a prompt of a person or the platform, or an event of the agent. */
export const ConversationEntry = z.object({
  turn: z.int(),
  seq: z.int(),
  at: time,
  role: z.enum(['person', 'platform', 'agent']),
  kind: z.enum(conversationKinds),
  text: z.string(),
  data: z.record(z.string(), z.unknown()),
})
export type ConversationEntry = z.infer<typeof ConversationEntry>

/** Something that an agent asks and that waits for a person; at `expiresAt` the answer is no. */
export const QuestionView = z.object({
  id,
  turn: z.int(),
  title: z.string(),
  kind: z.enum(toolKinds),
  input: z.string().nullable(),
  diff: z.string().nullable(),
  options: z.array(
    z.object({
      id: z.string(),
      label: z.string(),
      kind: z.enum(['allow_once', 'allow_always', 'reject_once', 'reject_always']),
    }),
  ),
  askedAt: time,
  expiresAt: time,
})
export type QuestionView = z.infer<typeof QuestionView>

/** What an agent used; what it does not tell is 0. */
export const UsageView = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  cachedTokens: z.number(),
  costUsd: z.number(),
})
export type UsageView = z.infer<typeof UsageView>

export const AgentRunView = z.object({
  id,
  driver: z.string(),
  label: z.string(),
  scripted: z.boolean(),
  status: z.enum(['queued', 'in_progress', 'idle', 'completed']),
  conclusion: z.enum(['success', 'failure', 'cancelled']).nullable(),
  responseType: z.enum(responseTypes).nullable(),
  turn: z.int(),
  /** 0 to 100, and what it is at: as far as the agent tells. */
  progress: z.int(),
  currentStep: z.string().nullable(),
  questions: z.array(QuestionView),
  /** Null when the agent told nothing of it. */
  usage: UsageView.nullable(),
  conversation: z.array(ConversationEntry),
})
export type AgentRunView = z.infer<typeof AgentRunView>
