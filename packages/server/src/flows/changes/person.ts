import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { ChangeEvent } from '@signalbox/core/domain/change.ts'
import type { Transaction } from 'kysely'
import { endQuestions } from '../../db/agent-questions.ts'
import { agentRunByChange, appendAgentEvents, insertAgentRun, listAgentEvents } from '../../db/agent-runs.ts'
import { forgetAgentSessions } from '../../db/agent-sessions.ts'
import { findChange, insertChange } from '../../db/changes.ts'
import { findProject } from '../../db/projects.ts'
import { pullRequestByChange, setClosed } from '../../db/pull-requests.ts'
import { findRun, runsByChange } from '../../db/runs.ts'
import type { Database } from '../../db/schema.ts'
import { type ChangePatch, moveAgentRun, moveChange } from '../../db/state.ts'
import type { AgentRunRow, ChangeRow } from '../../db/state-of.ts'
import { appendEvent } from '../../events/append.ts'
import type { FlowDeps } from '../deps.ts'
import { announceClosed } from '../events/announce-pull-request.ts'
import { askToCancel } from '../runs/ask-to-cancel.ts'
import { releaseKept } from './kept-commits.ts'
import { planConfirmation, speak } from './speak.ts'

/** The first line of a goal, cut for lists. */
export function titleOf(goal: string): string {
  const line = goal.trim().split('\n', 1)[0] ?? ''
  return line.length <= 100 ? line : `${line.slice(0, 99)}…`
}

/** A goal becomes a change with its conversation; the agent's first turn is queued. */
export async function createChange(
  deps: FlowDeps,
  input: { projectId: string; goal: string; mode: 'auto' | 'plan'; userId: string },
): Promise<string> {
  const project = await findProject(deps.db, input.projectId)
  if (!project) throw new Failure('not-found', 'There is no such project.')
  if (!(await deps.forge.head(project.id, project.default_branch))) {
    throw new Failure('empty-repository', `${project.name} has no commit on ${project.default_branch} yet.`, {
      hint: 'Push a first commit, then give the goal again.',
    })
  }
  const settings = ProjectSettings.parse(project.settings)
  const changeId = newId()
  const agentRunId = newId()
  await deps.db.transaction().execute(async (tx) => {
    const { projectId: project_id, goal, mode, userId } = input
    const [title, now] = [titleOf(goal), deps.clock.now()]
    await insertChange(tx, { id: changeId, project_id, title, goal, mode, created_by: userId, now })
    await insertAgentRun(tx, { id: agentRunId, changeId, driver: settings.agent.driver })
    const statement = settings.agent.planningStatement
    const body = statement ? `${statement}\n\n${goal}` : goal
    const data = { mode: mode === 'plan' ? 'plan' : 'work' }
    const events = [{ role: 'person', kind: 'prompt', body, data } as const]
    await appendAgentEvents(tx, { agentRunId, turn: 1, events })
    await deps.queue.send(tx, 'advance-change', { changeId })
    await appendEvent(tx, { type: 'change.created', projectId: project_id, changeId })
  })
  return changeId
}

async function read(deps: FlowDeps, changeId: string): Promise<ChangeRow> {
  const change = await findChange(deps.db, changeId)
  if (!change) throw new Failure('not-found', 'There is no such change.')
  return change
}

async function agentOf(deps: FlowDeps, changeId: string): Promise<AgentRunRow> {
  const agentRun = await agentRunByChange(deps.db, changeId)
  if (!agentRun) throw new Failure('refused', 'No agent works on this change.')
  return agentRun
}

/** Stores a person's decision, or says in words why it cannot be taken now. */
async function decide(
  deps: FlowDeps,
  change: ChangeRow,
  event: ChangeEvent,
  more: { patch?: ChangePatch; also?: (tx: Transaction<Database>) => Promise<void> } = {},
): Promise<void> {
  const { id, fence } = change
  const moved = await moveChange(deps.db, {
    id,
    fence,
    event,
    now: deps.clock.now(),
    patch: more.patch,
    also: async (tx) => {
      await more.also?.(tx)
      await deps.queue.send(tx, 'advance-change', { changeId: id })
    },
  })
  if (moved.ok) return
  if (moved.code === 'stale') throw new Failure('stale-fence', 'It moved on while you decided. Look again.')
  throw new Failure('refused', moved.reason)
}

export async function sendMessage(deps: FlowDeps, input: { changeId: string; text: string }): Promise<void> {
  await tellAgent(deps, input)
}

/** Queues the agent's next turn with a person's words; `also` stands or falls with them. */
export async function tellAgent(
  deps: FlowDeps,
  input: { changeId: string; text: string },
  also?: (tx: Transaction<Database>, change: ChangeRow) => Promise<void>,
): Promise<void> {
  const change = await read(deps, input.changeId)
  const agentRun = await agentOf(deps, change.id)
  const mode = await modeNow(deps, agentRun)
  await decide(
    deps,
    change,
    { type: 'message' },
    {
      also: async (tx) => {
        await speak(deps, tx, agentRun, { role: 'person', text: input.text, mode })
        await also?.(tx, change)
      },
    },
  )
}

/** A message is no confirmation: who was asked for a plan goes on planning. */
async function modeNow(deps: FlowDeps, agentRun: AgentRunRow): Promise<'plan' | 'work'> {
  const events = await listAgentEvents(deps.db, { agentRunId: agentRun.id, turn: agentRun.turn })
  const prompt = events.find((event) => event.kind === 'prompt')
  return prompt?.data['mode'] === 'plan' ? 'plan' : 'work'
}

export async function decidePlan(
  deps: FlowDeps,
  input: { changeId: string; decision: 'confirm' | 'change' | 'reject'; text?: string },
): Promise<void> {
  const change = await read(deps, input.changeId)
  if (change.waiting_for !== 'plan') throw new Failure('refused', 'No plan of this change waits for a word.')
  if (input.decision === 'reject') {
    const reason = input.text ? `The plan was rejected: ${input.text}` : 'The plan was rejected.'
    return await decide(deps, change, { type: 'plan_rejected', reason })
  }
  const agentRun = await agentOf(deps, change.id)
  const confirm = input.decision === 'confirm'
  await decide(deps, change, confirm ? { type: 'plan_confirmed' } : { type: 'message' }, {
    also: async (tx) =>
      await speak(deps, tx, agentRun, {
        role: 'person',
        text: confirm ? planConfirmation : (input.text ?? ''),
        mode: confirm ? 'work' : 'plan',
      }),
  })
}

export async function approveChange(
  deps: FlowDeps,
  input: { changeId: string; commit: string },
): Promise<void> {
  const change = await read(deps, input.changeId)
  const pullRequest = await pullRequestByChange(deps.db, change.id)
  if (pullRequest?.head_commit !== input.commit) {
    throw new Failure('stale-fence', 'The pull request has a newer head than the one you approve.', {
      hint: 'Look at the new head, then approve that.',
    })
  }
  await decide(deps, change, { type: 'approved', commit: input.commit })
}

export async function mergeChange(deps: FlowDeps, input: { changeId: string }): Promise<void> {
  const change = await read(deps, input.changeId)
  const pullRequest = await pullRequestByChange(deps.db, change.id)
  const patch = { merge_requested: true, merge_requested_commit: pullRequest?.head_commit ?? null }
  await decide(deps, change, { type: 'merge_requested' }, { patch })
}

export async function retryChange(deps: FlowDeps, input: { changeId: string }): Promise<void> {
  const change = await read(deps, input.changeId)
  await decide(deps, change, { type: 'revalidate' }, { patch: { validation_run_id: null } })
}

/** Ends the change and everything that runs for it; its pull request is closed, its branch stays. */
export async function cancelChange(deps: FlowDeps, input: { changeId: string }): Promise<void> {
  const change = await read(deps, input.changeId)
  const runs = await runsByChange(deps.db, change.id)
  const agentRun = await agentRunByChange(deps.db, change.id)
  const pullRequest = await pullRequestByChange(deps.db, change.id)
  const now = deps.clock.now()
  await decide(
    deps,
    change,
    { type: 'cancel', reason: 'A person cancelled it.' },
    {
      also: async (tx) => {
        const closed = pullRequest && (await setClosed(tx, pullRequest.id))
        if (closed) await announceClosed(deps, tx, { change, pullRequest: closed })
        if (agentRun && agentRun.status !== 'completed') {
          const event = { type: 'close', conclusion: 'cancelled' } as const
          await moveAgentRun(tx, { id: agentRun.id, fence: agentRun.fence, event, now })
          await endQuestions(tx, { agentRunId: agentRun.id })
          await forgetAgentSessions(tx, agentRun.id)
        }
        for (const run of runs.filter((r) => r.status !== 'completed')) {
          await askToCancel(deps, tx, run)
        }
      },
    },
  )
  await releaseKept(deps, change)
}

/**
 * Asks a run to end: what runs is stopped, what waits is not begun unless it asked to run then. With `force` that
 * ends too, and `always()` steps with it.
 */
export async function cancelRun(deps: FlowDeps, input: { runId: string; force?: boolean }): Promise<void> {
  const run = await findRun(deps.db, input.runId)
  if (!run) throw new Failure('not-found', 'There is no such run.')
  if (run.status === 'completed') throw new Failure('refused', 'The run has ended already.')
  await deps.db.transaction().execute(async (tx) => {
    await askToCancel(deps, tx, run, { force: input.force })
  })
}
