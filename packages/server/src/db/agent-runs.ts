import { newAgentRun } from '@signalbox/core/domain/agent-run.ts'
import { type Selectable, sql } from 'kysely'
import { appendEvent } from '../events/append.ts'
import { endQuestions } from './agent-questions.ts'
import { inTransaction, type Queryable } from './connect.ts'
import type { AgentEventsTable } from './schema/agents.ts'
import type { AgentRunRow } from './state-of.ts'
import { storableJson } from './storable.ts'

export type AgentEventRow = Selectable<AgentEventsTable>

/** A queued conversation of a change, its first turn to come. The caller appends its event. */
export function insertAgentRun(
  db: Queryable,
  input: { id: string; changeId: string; driver: string },
): Promise<AgentRunRow> {
  return db
    .insertInto('agent_runs')
    .values({
      id: input.id,
      change_id: input.changeId,
      driver: input.driver,
      status: newAgentRun.status,
      conclusion: newAgentRun.conclusion,
      turn: newAgentRun.turn,
      response_type: newAgentRun.responseType,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

export function findAgentRun(db: Queryable, id: string): Promise<AgentRunRow | undefined> {
  return db.selectFrom('agent_runs').selectAll().where('id', '=', id).executeTakeFirst()
}

export function agentRunByChange(db: Queryable, changeId: string): Promise<AgentRunRow | undefined> {
  return db.selectFrom('agent_runs').selectAll().where('change_id', '=', changeId).executeTakeFirst()
}

export type NewAgentEvent = Pick<AgentEventRow, 'role' | 'kind' | 'body'> & {
  data?: Record<string, unknown>
  at?: Date
}

/**
 * Adds entries to a turn of the conversation, numbered from 1 in the order of arrival, and tells the readers of
 * the change by the event `agent_run.said`. With `job`, only while
 * that job has this fence; undefined and nothing written when it has another. With `afterSeq`, the number of
 * the only writer's last entry, the same call again finds what it wrote: nobody knows what a lost COMMIT did.
 */
export function appendAgentEvents(
  db: Queryable,
  input: {
    agentRunId: string
    turn: number
    events: NewAgentEvent[]
    job?: JobFence
    afterSeq?: number
  },
): Promise<AgentEventRow[] | undefined> {
  return inTransaction(db, async (tx) => {
    if (input.job && !(await holdsJob(tx, input.job))) return undefined
    if (input.events.length === 0) return []
    // Two writers (the agent and a person) take their numbers one after the other.
    const change = await tx
      .selectFrom('agent_runs')
      .innerJoin('changes', 'changes.id', 'agent_runs.change_id')
      .select(['changes.id', 'changes.project_id'])
      .where('agent_runs.id', '=', input.agentRunId)
      .forNoKeyUpdate('agent_runs')
      .executeTakeFirstOrThrow()
    const { last } = await tx
      .selectFrom('agent_events')
      .select(sql<number>`coalesce(max(seq), 0)`.as('last'))
      .where('agent_run_id', '=', input.agentRunId)
      .where('turn', '=', input.turn)
      .executeTakeFirstOrThrow()
    if (input.afterSeq !== undefined && last > input.afterSeq) {
      const { afterSeq, ...where } = input
      return (await listAgentEvents(tx, where)).filter((event) => event.seq > afterSeq)
    }
    const data = { turn: input.turn, entries: input.events.length }
    await appendEvent(tx, {
      type: 'agent_run.said',
      projectId: change.project_id,
      changeId: change.id,
      data,
    })
    return tx
      .insertInto('agent_events')
      .values(
        input.events.map((event, index) => ({
          agent_run_id: input.agentRunId,
          turn: input.turn,
          seq: last + 1 + index,
          role: event.role,
          kind: event.kind,
          body: event.body,
          data: storableJson(event.data ?? {}),
          ...(event.at ? { at: event.at } : {}),
        })),
      )
      .returningAll()
      .execute()
  })
}

/**
 * The conversation in order: `turn` for one turn only, `kinds` for some entries. The newest when there are more
 * than `limit`; with `after` the ones that follow that entry.
 */
export function listAgentEvents(
  db: Queryable,
  where: {
    agentRunId: string
    turn?: number
    limit?: number
    after?: { turn: number; seq: number }
    kinds?: AgentEventRow['kind'][]
  },
): Promise<AgentEventRow[]> {
  const order = where.after ? 'asc' : 'desc'
  let query = db
    .selectFrom('agent_events')
    .selectAll()
    .where('agent_run_id', '=', where.agentRunId)
    .orderBy('turn', order)
    .orderBy('seq', order)
    .limit(where.limit ?? 5000)
  if (where.turn !== undefined) query = query.where('turn', '=', where.turn)
  if (where.after) {
    const { turn, seq } = where.after
    query = query.where(sql<boolean>`(turn, seq) > (${turn}::int, ${seq}::int)`)
  }
  if (where.kinds) query = query.where('kind', 'in', where.kinds)
  return order === 'asc' ? query.execute() : query.execute().then((rows) => rows.reverse())
}

/**
 * Drops what a turn's lost worker left, all but its prompt: the turn is played again from its start. False and
 * nothing dropped when the job has another fence.
 */
export function forgetTurn(
  db: Queryable,
  where: { agentRunId: string; turn: number; job: JobFence },
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    if (!(await holdsJob(tx, where.job))) return false
    await endQuestions(tx, where)
    await tx
      .deleteFrom('agent_events')
      .where('agent_run_id', '=', where.agentRunId)
      .where('turn', '=', where.turn)
      .where('kind', '<>', 'prompt')
      .execute()
    return true
  })
}

/** A job as its worker claimed it. */
export interface JobFence {
  id: string
  fence: number
}

/** Shared: a later claim waits until this transaction is done. */
export async function holdsJob(tx: Queryable, job: JobFence): Promise<boolean> {
  const query = tx.selectFrom('jobs').select('id').where('id', '=', job.id).where('fence', '=', job.fence)
  return (await query.forShare().executeTakeFirst()) !== undefined
}
