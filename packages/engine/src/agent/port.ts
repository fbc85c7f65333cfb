import type { Sandbox } from '../sandbox/port.ts'

/** What an agent does, as it happens: one stream for every driver, stored and replayed in this form. */
export type AgentEvent =
  | { type: 'message'; text: string }
  | { type: 'tool_call'; id: string; title: string; input?: string }
  | { type: 'tool_result'; id: string; ok: boolean; output: string }
  | { type: 'output'; stream: 'stdout' | 'stderr'; text: string }
  | { type: 'plan'; entries: { text: string; status: 'pending' | 'in_progress' | 'completed' }[] }
  | { type: 'usage'; inputTokens?: number; outputTokens?: number; costUsd?: number }

/** One turn of a conversation: a prompt in, events out, the workspace changed or not. */
export interface AgentTurn {
  sandbox: Sandbox
  /** `plan`: look and propose, change nothing. `work`: do it. */
  mode: 'plan' | 'work'
  /** What the person or the platform (evidence of a failure) says this time. */
  prompt: string
  /** The conversation before this turn, oldest first. */
  history: { role: 'person' | 'platform' | 'agent'; text: string }[]
  /** Counts from 1 within the conversation. */
  turn: number
  /** Driver settings of the project: the command of `exec`, the script of `scripted`. */
  settings: Record<string, string>
  timeoutMs: number
  onEvent(event: AgentEvent): Promise<void>
  signal: AbortSignal
}

/** How a turn ended. Whether it changed code is read from the workspace, never from the agent's word. */
export interface AgentTurnResult {
  outcome: 'completed' | 'failed' | 'cancelled' | 'timed_out'
  /** The agent's last words; for a plan, the plan's text. */
  answer: string
  /** Why, in one sentence, when it is not completed. */
  reason?: string
}

/**
 * A way to talk to a coding agent. `run` is one turn, never two at once for one sandbox; it resolves when
 * the agent's processes have ended and never throws for what the agent did. Garbage from the agent is
 * passed on as `output`, cut to a bounded size.
 */
export interface AgentDriver {
  name: string
  /** For people; says plainly when it is scripted. */
  label: string
  scripted: boolean
  run(turn: AgentTurn): Promise<AgentTurnResult>
}
