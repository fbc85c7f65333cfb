import { toolKinds } from '@signalbox/core/base/tool-kind.ts'
import { z } from 'zod'

/** Only what we use of ACP v1 (https://agentclientprotocol.com), and lenient: agents differ, and add fields. */
const Text = z.object({ type: z.literal('text'), text: z.string() })
const Block = z.union([Text, z.object({ type: z.string() })])
export type Block = z.infer<typeof Block>

const ToolContent = z.union([
  z.object({ type: z.literal('content'), content: Block }),
  z.object({
    type: z.literal('diff'),
    path: z.string(),
    oldText: z.string().nullish(),
    newText: z.string(),
  }),
  z.object({ type: z.string() }),
])
export type ToolContent = z.infer<typeof ToolContent>

const ToolFields = z.object({
  toolCallId: z.string(),
  title: z.string().nullish(),
  kind: z.enum(toolKinds).nullish().catch('other'),
  status: z.enum(['pending', 'in_progress', 'completed', 'failed']).nullish().catch(null),
  content: z.array(ToolContent).nullish().catch(null),
  locations: z
    .array(z.object({ path: z.string(), line: z.number().nullish() }))
    .nullish()
    .catch(null),
  rawInput: z.unknown().optional(),
  rawOutput: z.unknown().optional(),
})
export type ToolFields = z.infer<typeof ToolFields>

const count = z.number().nonnegative()

/** An update of a session that we know; others are passed over. */
export const Update = z.discriminatedUnion('sessionUpdate', [
  z.object({
    sessionUpdate: z.enum(['agent_message_chunk', 'agent_thought_chunk']),
    content: Block,
    messageId: z.string().nullish(),
  }),
  ToolFields.extend({ sessionUpdate: z.enum(['tool_call', 'tool_call_update']) }),
  z.object({
    sessionUpdate: z.literal('plan'),
    entries: z.array(
      z.object({
        content: z.string(),
        status: z.enum(['pending', 'in_progress', 'completed']).catch('pending'),
      }),
    ),
  }),
  z.object({
    sessionUpdate: z.literal('usage_update'),
    cost: z.object({ amount: count, currency: z.string() }).nullish(),
  }),
  z.object({
    sessionUpdate: z.literal('notice'),
    severity: z.string(),
    title: z.string(),
    message: z.string().nullish().catch(null),
  }),
])
export type Update = z.infer<typeof Update>

export const UpdateParams = z.object({ sessionId: z.string(), update: z.unknown() })

/** Tokens of a session so far, as the answer to a prompt may tell them. */
export const PromptUsage = z.object({
  inputTokens: count.nullish(),
  outputTokens: count.nullish(),
  cachedReadTokens: count.nullish(),
})
export type PromptUsage = z.infer<typeof PromptUsage>

/** What Gemini CLI tells in place of `usage`: the tokens of this very prompt. */
export const QuotaMeta = z.object({
  quota: z.object({ token_count: z.object({ input_tokens: count, output_tokens: count }) }),
})

export const PermissionParams = z.object({
  sessionId: z.string(),
  toolCall: ToolFields,
  options: z
    .array(
      z.object({
        optionId: z.string(),
        name: z.string(),
        kind: z.enum(['allow_once', 'allow_always', 'reject_once', 'reject_always']),
      }),
    )
    .max(50),
})
export type PermissionParams = z.infer<typeof PermissionParams>
