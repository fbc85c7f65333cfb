import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { madeWorkflowFiles, makeAgentWorkflow } from '@signalbox/core/workflow/make-workflows.ts'
import type { Transaction } from 'kysely'
import { jobsByRun } from '../../db/jobs.ts'
import { insertPullRequest, updateHead } from '../../db/pull-requests.ts'
import { runsByChange } from '../../db/runs.ts'
import type { Database } from '../../db/schema.ts'
import { moveAgentRun } from '../../db/state.ts'
import type { AgentRunRow, RunRow } from '../../db/state-of.ts'
import { followOrigin } from '../keep-in-step.ts'
import { startRun } from '../runs/start-run.ts'
import { type ChangeScene, giveUp, move, type StageResult } from './change-scene.ts'
import { conflictOf, leftMarkers, markConflict, parentsOf } from './conflict.ts'
import { planConfirmation, speak } from './speak.ts'

/** What is said to the agent when a plan needs no person: auto-confirm is on. */
const autoConfirmation = { role: 'platform', text: planConfirmation, mode: 'work' } as const

/** The agent is at it: start the run of its turn, or take in what the turn brought. */
export async function advanceWorking(scene: ChangeScene): Promise<StageResult> {
  const { deps, change, agentRun } = scene
  if (!agentRun) return await giveUp(scene, 'It has no agent to work on it.')
  const runs = await runsByChange(deps.db, change.id)
  const run = runs.find((r) => r.kind === 'agent' && r.subject['turn'] === agentRun.turn)
  if (!run) return await startTurn(scene, agentRun)
  if (run.status !== 'completed') return 'wait'
  return await takeIn(scene, agentRun, run)
}

async function startTurn(scene: ChangeScene, agentRun: AgentRunRow): Promise<StageResult> {
  const { deps, change, project, settings, pullRequest } = scene
  if (!pullRequest) await followOrigin(deps, project)
  const marked = await markConflict(scene)
  const head = pullRequest?.head_branch ?? project.default_branch
  const commit = marked?.commit ?? (await deps.forge.head(project.id, head))
  if (!commit) {
    const reason = `The branch ${pullRequest?.head_branch ?? project.default_branch} has no commit to start from.`
    return await giveUp(scene, reason)
  }
  await deps.db.transaction().execute(async (tx) => {
    const { id, fence } = agentRun
    const moved = await moveAgentRun(tx, { id, fence, event: { type: 'start_turn' }, now: deps.clock.now() })
    if (!moved.ok) return
    await startRun(deps, tx, {
      projectId: project.id,
      changeId: change.id,
      kind: 'agent',
      name: `Agent, turn ${agentRun.turn}`,
      workflow: {
        file: madeWorkflowFiles.agent,
        text: makeAgentWorkflow(settings.agent),
        source: 'generated',
      },
      commit,
      ref: `refs/heads/${pullRequest?.head_branch ?? project.default_branch}`,
      trusted: false,
      subject: {
        agentRunId: agentRun.id,
        turn: agentRun.turn,
        ...(marked ? { conflict: marked.conflict } : {}),
      },
    })
  })
  return 'wait'
}

interface Turn {
  response: 'regular' | 'plan' | 'pr'
  tree: string
  answer: string
}

/** What the turn's job left in its outputs; a string that says why when the turn failed. */
async function readTurn(scene: ChangeScene, run: RunRow): Promise<Turn | string> {
  const [job] = await jobsByRun(scene.deps.db, run.id)
  const outputs = job?.outputs ?? {}
  if (run.conclusion !== 'success') {
    return outputs['reason'] || job?.reason || run.reason || `The agent's turn ended as ${run.conclusion}.`
  }
  const response = outputs['response']
  if (response !== 'regular' && response !== 'plan' && response !== 'pr') {
    throw new Failure('agent-result-missing', `The run of the agent left no result (${run.id}).`)
  }
  return { response, tree: outputs['tree'] ?? '', answer: outputs['answer'] ?? '' }
}

async function takeIn(scene: ChangeScene, agentRun: AgentRunRow, run: RunRow): Promise<StageResult> {
  const { deps, settings } = scene
  const turn = await readTurn(scene, run)
  const now = deps.clock.now()
  if (typeof turn === 'string') {
    const failTurn = { id: agentRun.id, fence: agentRun.fence, event: { type: 'fail_turn' }, now } as const
    return await move(
      scene,
      { type: 'agent_failed', reason: turn },
      {
        also: async (tx) => {
          await moveAgentRun(tx, failTurn)
        },
      },
    )
  }
  const proposal = turn.response === 'pr' ? await propose(scene, turn, run) : undefined
  if (proposal === 'branch-moved') {
    const reason = 'Somebody moved the branch of the pull request while the agent worked.'
    return await giveUp(scene, reason)
  }
  if (proposal && 'left' in proposal) {
    const reason = `The agent left marks of the conflict in ${proposal.left.join(', ')}.`
    return await giveUp(scene, reason)
  }
  const autoConfirm = settings.agent.autoConfirmPlans
  return await move(
    scene,
    { type: 'agent_answered', responseType: turn.response, autoConfirm },
    {
      patch: turn.response === 'pr' ? { validation_run_id: null } : {},
      also: async (tx) => {
        const event = { type: 'answer', responseType: turn.response } as const
        const { id, fence } = agentRun
        const moved = await moveAgentRun(tx, { id, fence, event, now })
        if (!moved.ok) throw new Failure('agent-run-moved', moved.reason, { retryable: true })
        if (proposal) await storeProposal(tx, scene, run, proposal)
        if (turn.response === 'plan' && autoConfirm) await speak(deps, tx, moved.row, autoConfirmation)
      },
    },
  )
}

interface Proposal {
  branch: string
  commit: string
}

/**
 * The platform makes the commit and moves the branch from where the turn began; the same turn makes the same
 * commit, however often and by whomever it is taken in.
 */
async function propose(
  scene: ChangeScene,
  turn: Turn,
  run: RunRow,
): Promise<Proposal | { left: string[] } | 'branch-moved'> {
  const { deps, change, project, pullRequest, settings } = scene
  const conflict = conflictOf(run.subject)
  const at = Math.floor((run.completed_at ?? deps.clock.now()).getTime() / 1000)
  const commit = await deps.forge.commitTree({
    projectId: project.id,
    tree: turn.tree,
    parents: conflict ? parentsOf(conflict, settings.repository.mergeMethod) : [run.commit_id],
    message: `${change.title}\n\nChange #${change.number}, turn ${run.subject['turn']}.\n`,
    author: { name: 'Signalbox agent', email: 'agent@signalbox.invalid', at },
  })
  const left = conflict ? await leftMarkers(scene, commit, conflict) : []
  if (left.length > 0) return { left }
  const from = pullRequest ? (conflict?.head ?? run.commit_id) : undefined
  for (const branch of pullRequest ? [pullRequest.head_branch] : branchNames(change.number)) {
    const ref = `refs/heads/${branch}`
    // Not moved may mean that another process, or this one before a crash, moved it there already.
    const moved = await deps.forge.updateRef({ projectId: project.id, ref, to: commit, from })
    if (moved || (await deps.forge.head(project.id, branch)) === commit) return { branch, commit }
  }
  return 'branch-moved'
}

/** A mirrored repository may hold branches of another Signalbox: theirs are left alone. */
function branchNames(number: number): string[] {
  const others = Array.from({ length: 20 }, (_, n) => `signalbox/change-${number}-${n + 2}`)
  return [`signalbox/change-${number}`, ...others]
}

/** The pull request's row, in the transaction that moves the change: a process that was too slow writes none. */
async function storeProposal(
  tx: Transaction<Database>,
  { change, project, pullRequest }: ChangeScene,
  run: RunRow,
  { branch, commit }: Proposal,
): Promise<void> {
  if (pullRequest) {
    const { id, base_commit: baseCommit, policy_files: policyFiles } = pullRequest
    await updateHead(tx, { id, headCommit: commit, baseCommit, policyFiles })
    return
  }
  await insertPullRequest(tx, {
    id: newId(),
    project_id: project.id,
    change_id: change.id,
    number: change.number,
    title: change.title,
    head_branch: branch,
    head_commit: commit,
    base_branch: project.default_branch,
    base_commit: run.commit_id,
  })
}
