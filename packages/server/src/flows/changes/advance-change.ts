import { Failure } from '@signalbox/core/base/failure.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { agentRunByChange } from '../../db/agent-runs.ts'
import { findChange } from '../../db/changes.ts'
import { findProject } from '../../db/projects.ts'
import { pullRequestByChange } from '../../db/pull-requests.ts'
import type { FlowDeps } from '../deps.ts'
import { advanceDeploying } from './change-deploying.ts'
import { advanceFixing } from './change-fixing.ts'
import { advanceMerging } from './change-merging.ts'
import { type ChangeScene, giveUp, type StageResult } from './change-scene.ts'
import { advanceValidating } from './change-validating.ts'
import { advanceWorking } from './change-working.ts'

const stages: Record<string, (scene: ChangeScene) => Promise<StageResult>> = {
  working: advanceWorking,
  validating: advanceValidating,
  fixing: advanceFixing,
  merging: advanceMerging,
  deploying: advanceDeploying,
}

/** Moves a change as far as it can go now. Idempotent: any number of calls, at any time, side by side. */
export async function advanceChange(deps: FlowDeps, changeId: string): Promise<void> {
  for (let moves = 0; moves < 20; moves++) {
    const scene = await readScene(deps, changeId)
    const advance = scene && stages[scene.change.status]
    if (!scene || !advance) return
    if ((await orAsk(scene, advance)) === 'wait') return
  }
  await deps.queue.send(deps.db, 'advance-change', { changeId })
}

/** What cannot be done now or later (a workflow that is a link, a tree too large to list) a person must mend. */
async function orAsk(
  scene: ChangeScene,
  advance: (scene: ChangeScene) => Promise<StageResult>,
): Promise<StageResult> {
  try {
    return await advance(scene)
  } catch (error) {
    if (!(error instanceof Failure) || error.retryable || scene.change.status === 'deploying') throw error
    scene.deps.log.warn({ err: error, changeId: scene.change.id }, 'a person is asked')
    const reason = error.hint ? `${error.message} ${error.hint}` : error.message
    return await giveUp(scene, reason)
  }
}

async function readScene(deps: FlowDeps, changeId: string): Promise<ChangeScene | undefined> {
  const change = await findChange(deps.db, changeId)
  const project = change && (await findProject(deps.db, change.project_id))
  if (!change || !project) return undefined
  return {
    deps,
    change,
    project,
    settings: ProjectSettings.parse(project.settings),
    agentRun: await agentRunByChange(deps.db, changeId),
    pullRequest: await pullRequestByChange(deps.db, changeId),
  }
}
