import type { ToolKind } from '@signalbox/core/base/tool-kind.ts'
import type { Sandbox } from '../sandbox/port.ts'

/** One answer that an agent offers to its question. */
export interface PermissionOption {
  id: string
  label: string
  kind: 'allow_once' | 'allow_always' | 'reject_once' | 'reject_always'
}

/** An agent asks whether it may do something. `id` is unique within the turn. */
export interface PermissionRequest {
  id: string
  title: string
  kind: ToolKind
  /** The tool call that waits for it, when the agent has told of one. */
  callId?: string
  input?: string
  /** What would become of files, as a unified diff. */
  diff?: string
  options: PermissionOption[]
}

/** Who answered and what; `optionId` is one of those offered, absent when none fits or nobody answered. */
export interface PermissionAnswer {
  allowed: boolean
  by: 'rule' | 'person' | 'time' | 'end'
  optionId?: string
}

/** What an agent does, as it happens: one stream for every driver, stored and replayed in this form. */
export type AgentEvent =
  /** `more`: it goes on with the message or thought before it. */
  | { type: 'message'; text: string; more?: boolean }
  | { type: 'thought'; text: string; more?: boolean }
  | {
      type: 'tool_call'
      id: string
      title: string
      input?: string
      kind?: ToolKind
      /** Paths in the workspace, with `:line` where it is known. */
      locations?: string[]
    }
  /** What became known of a running call. */
  | { type: 'tool_update'; id: string; title?: string; kind?: ToolKind; locations?: string[] }
  /** `diff` is unified. */
  | { type: 'tool_result'; id: string; ok: boolean; output: string; diff?: string }
  | { type: 'output'; stream: 'stdout' | 'stderr'; text: string }
  /** The whole plan; it takes the place of the one before. */
  | { type: 'plan'; entries: { text: string; status: 'pending' | 'in_progress' | 'completed' }[] }
  | ({ type: 'permission_request' } & PermissionRequest)
  | ({ type: 'permission_answer'; id: string } & PermissionAnswer)
  /** What was used since the last event of this kind, never a total. */
  | {
      type: 'usage'
      inputTokens?: number
      outputTokens?: number
      cachedTokens?: number
      costUsd?: number
    }

/** What a driver wants to find again in the conversation's next turn, which has another sandbox. */
export interface AgentSession {
  id: string
  /** The agent's home folder as a gzipped tar: hostile, for a sandbox only. Absent: too large, or nothing in it. */
  home?: Uint8Array
  /** Totals that the agent has told so far, from which the next turn's shares are taken. */
  totals: Record<string, number>
}

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
  /** Driver settings of the project: the command of `exec` and `acp`, the script of `scripted`. */
  settings: Record<string, string>
  /** Added to the environment of the agent's command. Holds no secret. */
  env: Record<string, string>
  /** What this driver left at the end of the turn before. */
  session?: AgentSession
  /** Time that passes while `ask` is waited for does not count. */
  timeoutMs: number
  onEvent(event: AgentEvent): Promise<void>
  /** Rules or a person decide; resolves in bounded time, at the latest when `signal` aborts. */
  ask(request: PermissionRequest): Promise<PermissionAnswer>
  signal: AbortSignal
}

/** How a turn ended. Whether it changed code is read from the workspace, never from the agent's word. */
export interface AgentTurnResult {
  outcome: 'completed' | 'failed' | 'cancelled' | 'timed_out'
  /** The agent's last words; for a plan, the plan's text. */
  answer: string
  /** Why, in one sentence, when it is not completed. */
  reason?: string
  /** The agent or its model broke off: the same turn may go well when it is tried again, in the same sandbox. */
  retryable?: boolean
  session?: AgentSession
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
