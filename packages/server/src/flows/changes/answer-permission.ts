import { Failure } from '@signalbox/core/base/failure.ts'
import { answerQuestion, findQuestion } from '../../db/agent-questions.ts'
import { agentRunByChange } from '../../db/agent-runs.ts'
import { findChange } from '../../db/changes.ts'
import { appendEvent } from '../../events/append.ts'
import type { FlowDeps } from '../deps.ts'

/**
 * Stores a person's answer to what an agent asks; the event wakes the worker in which the agent waits. Failures
 * `not-found`, and `refused` when it was answered or is over.
 */
export async function answerPermission(
  deps: FlowDeps,
  input: { changeId: string; question: string; allow: boolean; option?: string; userId: string },
): Promise<void> {
  const { allow, option, userId } = input
  const change = await findChange(deps.db, input.changeId)
  const agentRun = change && (await agentRunByChange(deps.db, change.id))
  const question = await findQuestion(deps.db, input.question)
  if (!change || !question || question.agent_run_id !== agentRun?.id) {
    throw new Failure('not-found', 'The agent of this change asks nothing of that kind.')
  }
  const chosen = question.request.options.find(({ id }) => id === option)
  if (option !== undefined && (!chosen || chosen.kind.startsWith('allow') !== allow)) {
    throw new Failure('refused', `"${option}" is no answer by which this is ${allow ? '' : 'not '}allowed.`)
  }
  await deps.db.transaction().execute(async (tx) => {
    const answer = {
      id: question.id,
      allowed: allow,
      optionId: option ?? null,
      userId,
      now: deps.clock.now(),
    }
    if (!(await answerQuestion(tx, answer))) {
      throw new Failure('refused', 'This was answered already, or the agent does not wait for it any more.')
    }
    await appendEvent(tx, {
      type: 'change.permission_answered',
      projectId: change.project_id,
      changeId: change.id,
      data: { question: question.id, allow, waitingFor: null },
    })
  })
}
