import { type Selectable, sql } from 'kysely'
import { holdsJob, type JobFence } from './agent-runs.ts'
import { inTransaction, type Queryable } from './connect.ts'
import type { AgentSessionsTable } from './schema/agents.ts'
import { storableJson } from './storable.ts'

export type AgentSessionRow = Selectable<AgentSessionsTable>

/**
 * Keeps what a turn's agent left and drops what the turns before the last left: a turn that is played again
 * begins from the one before. False and nothing written when the job has another fence.
 */
export function saveAgentSession(
  db: Queryable,
  input: { agentRunId: string; turn: number; job: JobFence } & Omit<AgentSessionRow, 'agent_run_id' | 'turn'>,
): Promise<boolean> {
  const { agentRunId, turn, job, session_id, totals, home } = input
  return inTransaction(db, async (tx) => {
    if (!(await holdsJob(tx, job))) return false
    const values = { session_id, totals: storableJson(totals), home }
    await tx
      .insertInto('agent_sessions')
      .values({ agent_run_id: agentRunId, turn, ...values })
      .onConflict((conflict) => conflict.columns(['agent_run_id', 'turn']).doUpdateSet(values))
      .execute()
    await tx
      .deleteFrom('agent_sessions')
      .where('agent_run_id', '=', agentRunId)
      .where('turn', '<', turn - 1)
      .execute()
    return true
  })
}

/** What the last turn before this one left. */
export function agentSessionBefore(
  db: Queryable,
  where: { agentRunId: string; turn: number },
): Promise<AgentSessionRow | undefined> {
  return db
    .selectFrom('agent_sessions')
    .selectAll()
    .where('agent_run_id', '=', where.agentRunId)
    .where('turn', '<', where.turn)
    .orderBy('turn', 'desc')
    .executeTakeFirst()
}

/** A conversation that is closed needs none of it. */
export async function forgetAgentSessions(db: Queryable, agentRunId: string): Promise<void> {
  await db.deleteFrom('agent_sessions').where('agent_run_id', '=', agentRunId).execute()
}

/** Deletes what agents of completed changes left, and of conversations that rest since before `before`; how many. */
export async function deleteOldAgentSessions(db: Queryable, before: Date): Promise<number> {
  const result = await sql`
    delete from agent_sessions s using agent_runs a join changes c on c.id = a.change_id
    where a.id = s.agent_run_id and (c.status = 'completed' or greatest(a.updated_at, c.updated_at) < ${before})`.execute(
    db,
  )
  return Number(result.numAffectedRows ?? 0)
}
