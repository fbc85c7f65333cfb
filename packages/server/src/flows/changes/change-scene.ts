import type { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { ChangeEvent } from '@signalbox/core/domain/change.ts'
import type { Transaction } from 'kysely'
import type { ProjectRow } from '../../db/projects.ts'
import type { PullRequestRow } from '../../db/pull-requests.ts'
import type { Database } from '../../db/schema.ts'
import { type ChangePatch, moveAgentRun, moveChange } from '../../db/state.ts'
import type { AgentRunRow, ChangeRow } from '../../db/state-of.ts'
import type { FlowDeps } from '../deps.ts'

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

/** Asks a person to mend what neither the agent nor a retry can; a turn under way ends, so that a message may follow. */
export async function giveUp(scene: ChangeScene, reason: string): Promise<StageResult> {
  const { deps, agentRun } = scene
  const event = { type: 'fail_turn' } as const
  return await move(
    scene,
    { type: 'machine_failed', reason },
    {
      also: async (tx) => {
        if (!agentRun || agentRun.status === 'idle' || agentRun.status === 'completed') return
        const { id, fence } = agentRun
        await moveAgentRun(tx, { id, fence, event, now: deps.clock.now() })
      },
    },
  )
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
