import { Failure } from '@signalbox/core/base/failure.ts'
import type { Transaction } from 'kysely'
import { appendAgentEvents } from '../../db/agent-runs.ts'
import type { Database } from '../../db/schema.ts'
import { moveAgentRun } from '../../db/state.ts'
import type { AgentRunRow } from '../../db/state-of.ts'
import type { FlowDeps } from '../deps.ts'

/** What an agent is told when its plan may be carried out. */
export const planConfirmation = 'The plan is confirmed. Carry it out now.'

/** One thing said to the agent, by a person or by the platform. */
export interface Saying {
  role: 'person' | 'platform'
  text: string
  mode: 'plan' | 'work'
}

/** Queues the next turn of a conversation with what is said in it, inside the caller's transaction. */
export async function speak(
  deps: FlowDeps,
  tx: Transaction<Database>,
  agentRun: AgentRunRow,
  saying: Saying,
): Promise<void> {
  const moved = await moveAgentRun(tx, {
    id: agentRun.id,
    fence: agentRun.fence,
    event: { type: 'message' },
    now: deps.clock.now(),
  })
  if (!moved.ok) throw new Failure('refused', moved.reason, { retryable: moved.code === 'stale' })
  const { role, text, mode } = saying
  const events = [{ role, kind: 'prompt', body: text, data: { mode } } as const]
  await appendAgentEvents(tx, { agentRunId: agentRun.id, turn: moved.row.turn, events })
}
