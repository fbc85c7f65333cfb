import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import type { AgentSettings } from '@signalbox/core/contract/settings.ts'
import { decidePermission } from '@signalbox/core/domain/permission.ts'
import type { PermissionAnswer, PermissionRequest } from '@signalbox/engine/agent/port.ts'
import { endQuestion, findQuestion, insertQuestion, type QuestionRow } from '../../db/agent-questions.ts'
import { holdsJob } from '../../db/agent-runs.ts'
import { inTransaction } from '../../db/connect.ts'
import type { AgentRunRow, JobRow, RunRow } from '../../db/state-of.ts'
import { appendEvent } from '../../events/append.ts'
import type { WorkerDeps } from '../deps.ts'
import { persist } from '../reporter.ts'

/** An answer is heard at once by the bell; this often it is looked for, should the ring be lost. */
const lookMs = 2000

interface Desk {
  agentRun: AgentRunRow
  run: RunRow
  job: JobRow
  settings: AgentSettings
  mode: 'plan' | 'work'
  signal: AbortSignal
}

/**
 * Answers what an agent asks: by the project's rules, or by a person, for whom the question is a row that the API
 * answers. One turn waits `permissionMinutes` in all; then the answer is no. A worker that dies leaves the row,
 * and the attempt after it ends it and asks again.
 */
export function createPermissionDesk(
  deps: WorkerDeps,
  desk: Desk,
): (request: PermissionRequest) => Promise<PermissionAnswer> {
  const { settings, signal, mode } = desk
  let leftMs = settings.permissionMinutes * 60_000
  return async (request) => {
    const rule = decidePermission(settings, { kind: request.kind, mode })
    if (rule !== 'ask') return { allowed: rule === 'allow', by: 'rule' }
    if (leftMs <= 0) return { allowed: false, by: 'time' }
    const since = performance.now()
    try {
      const id = await put(deps, desk, { request, waitMs: leftMs })
      return await answerOf(deps, { id, signal, deadline: since + leftMs })
    } finally {
      leftMs -= performance.now() - since
    }
  }
}

async function put(
  deps: WorkerDeps,
  { agentRun, run, job }: Desk,
  { request, waitMs }: { request: PermissionRequest; waitMs: number },
): Promise<string> {
  const id = newId()
  const now = deps.clock.now()
  const { title, kind, input = null, diff = null, options } = request
  await persist(deps, () =>
    inTransaction(deps.db, async (tx) => {
      if (!(await holdsJob(tx, { id: job.id, fence: job.fence }))) {
        throw new Failure('job-lost', 'Another worker took this job over.')
      }
      await insertQuestion(tx, {
        id,
        agent_run_id: agentRun.id,
        turn: agentRun.turn,
        job_id: job.id,
        request: { title, kind, input, diff, options },
        asked_at: now,
        expires_at: new Date(now.getTime() + waitMs),
      })
      await appendEvent(tx, {
        type: 'change.permission_asked',
        projectId: run.project_id,
        changeId: agentRun.change_id,
        data: { question: id, waitingFor: 'permission' },
      })
    }),
  )
  return id
}

async function answerOf(
  deps: WorkerDeps,
  wait: { id: string; signal: AbortSignal; deadline: number },
): Promise<PermissionAnswer> {
  const { id, signal, deadline } = wait
  for (;;) {
    // A database that is away for longer than a restart takes ends the turn as any other write does.
    const row = await persist(deps, () => findQuestion(deps.db, id))
    const answer = answered(row)
    if (answer) return answer
    const leftMs = deadline - performance.now()
    if (signal.aborted || leftMs <= 0 || row?.status !== 'waiting') {
      if (row?.status === 'waiting' && !(await persist(deps, () => endQuestion(deps.db, id)))) continue
      return { allowed: false, by: signal.aborted || row?.status !== 'waiting' ? 'end' : 'time' }
    }
    await deps.answers.wait(id, Math.min(lookMs, leftMs), signal)
  }
}

function answered(row: QuestionRow | undefined): PermissionAnswer | undefined {
  if (row?.status !== 'answered') return undefined
  const optionId = row.option_id ?? undefined
  return { allowed: row.allowed === true, by: 'person', ...(optionId === undefined ? {} : { optionId }) }
}
