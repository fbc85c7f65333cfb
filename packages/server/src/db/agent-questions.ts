import { type Insertable, type Selectable, sql } from 'kysely'
import type { Queryable } from './connect.ts'
import type { AgentQuestionsTable } from './schema/agents.ts'
import { storableJson } from './storable.ts'

export type QuestionRow = Selectable<AgentQuestionsTable>

/** Stores a question that waits; the same one again changes nothing. */
export async function insertQuestion(
  db: Queryable,
  question: Omit<Insertable<AgentQuestionsTable>, 'request' | 'status'> & { request: QuestionRow['request'] },
): Promise<void> {
  await db
    .insertInto('agent_questions')
    .values({
      ...question,
      request: storableJson(question.request),
      allowed: null,
      option_id: null,
      answered_by: null,
      answered_at: null,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

export function findQuestion(db: Queryable, id: string): Promise<QuestionRow | undefined> {
  return db.selectFrom('agent_questions').selectAll().where('id', '=', id).executeTakeFirst()
}

/** What waits for a person in a conversation, the oldest first. */
export function waitingQuestions(db: Queryable, agentRunId: string): Promise<QuestionRow[]> {
  return db
    .selectFrom('agent_questions')
    .selectAll()
    .where('agent_run_id', '=', agentRunId)
    .where('status', '=', 'waiting')
    .orderBy('asked_at')
    .orderBy('id')
    .limit(50)
    .execute()
}

/** For each of these changes whose agent asks something: the title of its oldest question. */
export async function askingChanges(db: Queryable, changeIds: string[]): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('agent_questions')
    .innerJoin('agent_runs', 'agent_runs.id', 'agent_questions.agent_run_id')
    .select(['agent_runs.change_id', 'agent_questions.request'])
    .where('agent_runs.change_id', '=', sql<string>`any(${changeIds}::uuid[])`)
    .where('agent_questions.status', '=', 'waiting')
    .where('agent_runs.status', '=', 'in_progress')
    .orderBy('asked_at', 'desc')
    .execute()
  return new Map(rows.map((row) => [row.change_id, row.request.title]))
}

/** Stores a person's answer; false when the question does not wait any more. */
export async function answerQuestion(
  db: Queryable,
  answer: { id: string; allowed: boolean; optionId: string | null; userId: string; now: Date },
): Promise<boolean> {
  const result = await db
    .updateTable('agent_questions')
    .set({
      status: 'answered',
      allowed: answer.allowed,
      option_id: answer.optionId,
      answered_by: answer.userId,
      answered_at: answer.now,
    })
    .where('id', '=', answer.id)
    .where('status', '=', 'waiting')
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Nobody waits for the answer any more; false when it was answered before. */
export async function endQuestion(db: Queryable, id: string): Promise<boolean> {
  const result = await db
    .updateTable('agent_questions')
    .set({ status: 'over' })
    .where('id', '=', id)
    .where('status', '=', 'waiting')
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** The questions of a turn that is played again, or of a conversation that is closed. */
export async function endQuestions(
  db: Queryable,
  where: { agentRunId: string; turn?: number },
): Promise<void> {
  let query = db
    .updateTable('agent_questions')
    .set({ status: 'over' })
    .where('agent_run_id', '=', where.agentRunId)
    .where('status', '=', 'waiting')
  if (where.turn !== undefined) query = query.where('turn', '=', where.turn)
  await query.execute()
}
