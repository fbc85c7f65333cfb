import { Failure } from '@signalbox/core/base/failure.ts'
import type { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { FixPolicy } from '@signalbox/core/domain/change.ts'
import { decideMerge, type MergeDecision, policyFilesIn } from '@signalbox/core/gates/merge-gate.ts'
import { setValidationRun } from '../../db/changes.ts'
import { checksByCommit } from '../../db/checks.ts'
import { type PullRequestRow, setMergeCommit, updateHead } from '../../db/pull-requests.ts'
import { findRun } from '../../db/runs.ts'
import type { MergeResult } from '../../forge/port.ts'
import { announceMergeCommit } from '../events/announce-pull-request.ts'
import { reportChecks } from '../events/report-checks.ts'
import { followOrigin } from '../keep-in-step.ts'
import { startRun } from '../runs/start-run.ts'
import { validationSource } from '../runs/workflow-source.ts'
import { type ChangeScene, move, type StageResult } from './change-scene.ts'
import { conflictFingerprint } from './conflict.ts'
import { keepEvidence } from './keep-evidence.ts'
import { keptFor } from './kept-commits.ts'
import { landingMessage } from './landing-message.ts'

/** The merge commit is being proven: make it and start the run, or judge what the run found. */
export async function advanceValidating(scene: ChangeScene): Promise<StageResult> {
  const { deps, change, pullRequest } = scene
  if (!pullRequest) {
    return await move(scene, { type: 'machine_failed', reason: 'It has no pull request to validate.' })
  }
  if (!change.validation_run_id) return await startValidation(scene, pullRequest)
  const run = await findRun(deps.db, change.validation_run_id)
  if (run?.status !== 'completed') return 'wait'
  const head = await deps.forge.head(scene.project.id, pullRequest.head_branch)
  // Somebody pushed meanwhile: what was found is about another tree.
  if (run.commit_id !== pullRequest.merge_commit || head !== pullRequest.head_commit) {
    return await startValidation(scene, pullRequest)
  }
  if (run.conclusion === 'cancelled') {
    return await move(scene, {
      type: 'machine_failed',
      reason: `Its validation was cancelled.${run.cancel_reason ? ` ${run.cancel_reason}` : ''}`,
    })
  }
  const evidence = await keepEvidence(scene, pullRequest, run)
  if (run.conclusion === 'success') return await judge(scene, pullRequest)
  return await move(scene, {
    type: 'validation_failed',
    fingerprint: evidence.fingerprint,
    summary: evidence.summary,
    policy: fixPolicy(scene.settings),
    hasAgent: scene.agentRun !== undefined,
  })
}

function fixPolicy({ validation }: ProjectSettings): FixPolicy {
  return { maxAttempts: validation.maxRetries, backoffMs: validation.retryBackoffSeconds * 1000 }
}

async function startValidation(scene: ChangeScene, pullRequest: PullRequestRow): Promise<StageResult> {
  const { deps, change, project, settings } = scene
  await followOrigin(deps, project)
  const base = await deps.forge.head(project.id, pullRequest.base_branch)
  const head = await deps.forge.head(project.id, pullRequest.head_branch)
  if (!base || !head) {
    const gone = base ? pullRequest.head_branch : pullRequest.base_branch
    return await move(scene, { type: 'machine_failed', reason: `The branch ${gone} is gone.` })
  }
  const merged = await bringOntoBase(scene, pullRequest, { base, head })
  if (!merged.ok) {
    const files = merged.conflicts.length > 0 ? `: ${merged.conflicts.join(', ')}` : ''
    const reason = `It conflicts with ${pullRequest.base_branch}${files}. ${merged.reason}`
    return await move(scene, {
      type: 'conflict',
      reason,
      fingerprint: conflictFingerprint(base, merged.conflicts),
      policy: fixPolicy(settings),
      // Where git could not even try, there is nothing to resolve.
      hasAgent: scene.agentRun !== undefined && merged.conflicts.length > 0,
    })
  }
  const policyFiles = policyFilesIn(await deps.forge.changedFiles(project.id, base, merged.commit))
  const workflow = await validationSource(deps.forge, project.id, base, settings)
  const fact = {
    id: pullRequest.id,
    baseCommit: base,
    headCommit: head,
    mergeCommit: merged.commit,
    mergeTree: merged.tree,
  }
  try {
    return await deps.db.transaction().execute(async (tx): Promise<StageResult> => {
      await updateHead(tx, { id: pullRequest.id, headCommit: head, baseCommit: base, policyFiles })
      const proposed = await setMergeCommit(tx, fact)
      const runId = await startRun(deps, tx, {
        projectId: project.id,
        changeId: change.id,
        kind: 'validation',
        name: 'Validate',
        workflow,
        commit: merged.commit,
        ref: `refs/pull/${pullRequest.number}/merge`,
        trusted: false,
        subject: { pullRequestId: pullRequest.id },
      })
      const attached = await setValidationRun(tx, {
        id: change.id,
        fence: change.fence,
        runId,
        now: deps.clock.now(),
      })
      if (!attached) throw new Failure('stale', 'Another process was quicker.')
      if (proposed)
        await announceMergeCommit(deps, tx, {
          change,
          pullRequest: { ...proposed, merge_commit: merged.commit },
        })
      return 'wait'
    })
  } catch (error) {
    if (!(error instanceof Failure) || error.retryable) throw error
    if (error.code === 'stale') return 'again'
    return await move(scene, { type: 'machine_failed', reason: error.message })
  }
}

/** What would land, made by the project's method and kept until the change ends. */
async function bringOntoBase(
  { deps, change, project, settings }: ChangeScene,
  pullRequest: PullRequestRow,
  { base, head }: { base: string; head: string },
): Promise<MergeResult> {
  const { forge } = deps
  const { mergeMethod: method } = settings.repository
  const commits = await forge.commitsBetween(project.id, { base, head, limit: 200 })
  const message = landingMessage({ change, pullRequest, commits, settings: settings.repository })
  const merged = await forge.mergeCommit({ projectId: project.id, base, head, message, method })
  if (merged.ok) await forge.keepCommit(project.id, `${keptFor(change.id)}/merge`, merged.commit)
  return merged
}

/** The gate's word on a pull request as its rows stand now. */
export async function mergeDecision(scene: ChangeScene, pullRequest: PullRequestRow): Promise<MergeDecision> {
  const { deps, change, settings } = scene
  const checks = pullRequest.merge_commit
    ? await checksByCommit(deps.db, { pullRequestId: pullRequest.id, commitId: pullRequest.merge_commit })
    : []
  return decideMerge({
    requiredChecks: settings.validation.requiredChecks,
    checks,
    policyFiles: pullRequest.policy_files,
    headCommit: pullRequest.head_commit,
    approvedCommit: change.approved_commit,
    autoMerge: settings.autoMerge,
    mergeRequested: change.merge_requested_commit === pullRequest.head_commit,
  })
}

async function judge(scene: ChangeScene, pullRequest: PullRequestRow): Promise<StageResult> {
  const required = scene.settings.validation.requiredChecks
  const { open } = await reportChecks(scene.deps.db, { pullRequest, required })
  const decision = await mergeDecision(scene, pullRequest)
  if (decision.decision === 'merge') return await move(scene, { type: 'gates_green' })
  // The end of each run of the change's own workflows brings it here again.
  if (decision.decision === 'blocked' && open) return 'wait'
  const reason = decision.reasons
    .filter((r) => r.state !== 'green')
    .map((r) => r.text)
    .join(' ')
  if (decision.decision === 'blocked' || !decision.waitingFor) {
    return await move(scene, { type: 'machine_failed', reason: `The gates are not green: ${reason}` })
  }
  return await move(scene, { type: 'gates_wait', waitingFor: decision.waitingFor, reason })
}
