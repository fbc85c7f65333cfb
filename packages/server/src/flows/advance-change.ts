import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { ChangeEvent } from '@signalbox/core/domain/change.ts'
import type { Transaction } from 'kysely'
import { agentRunByChange } from '../db/agent-runs.ts'
import { findChange } from '../db/changes.ts'
import { findProject, type ProjectRow } from '../db/projects.ts'
import { type PullRequestRow, pullRequestByChange } from '../db/pull-requests.ts'
import type { Database } from '../db/schema.ts'
import { type ChangePatch, moveChange } from '../db/state.ts'
import type { AgentRunRow, ChangeRow } from '../db/state-of.ts'
import { advanceDeploying } from './change-deploying.ts'
import { advanceFixing } from './change-fixing.ts'
import { advanceMerging } from './change-merging.ts'
import { advanceValidating } from './change-validating.ts'
import { advanceWorking } from './change-working.ts'
import type { FlowDeps } from './deps.ts'

/** Everything a stage decides on, read afresh for each decision. */
export interface ChangeScene {
  deps: FlowDeps
  change: ChangeRow
  project: ProjectRow
  settings: ProjectSettings
  agentRun: AgentRunRow | undefined
  pullRequest: PullRequestRow | undefined
}

/** `again`: the change moved and the next stage can be decided at once. */
export type StageResult = 'again' | 'wait'

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
    if ((await advance(scene)) === 'wait') return
  }
  await deps.queue.send(deps.db, 'advance-change', { changeId })
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

/** Stores one event of the change with compare-and-set. When another process was quicker, its word holds. */
export async function move(
  scene: ChangeScene,
  event: ChangeEvent,
  more: { patch?: ChangePatch; also?: (tx: Transaction<Database>) => Promise<void> } = {},
): Promise<StageResult> {
  const { deps, change } = scene
  const { id, fence } = change
  const moved = await moveChange(deps.db, { id, fence, event, now: deps.clock.now(), ...more })
  if (!moved.ok) {
    deps.log.info({ changeId: change.id, event: event.type, reason: moved.reason }, 'change did not move')
    return moved.code === 'stale' ? 'again' : 'wait'
  }
  return 'again'
}
