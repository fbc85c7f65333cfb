import { engineBuiltins } from '@signalbox/engine/actions/registry.ts'
import type { ActionContext, BuiltinAction } from '@signalbox/engine/job/port.ts'
import type { JobRow, RunRow } from '../../db/state-of.ts'
import type { WorkerDeps } from '../deps.ts'
import { agentAction } from './agent.ts'
import { runArtifacts } from './artifacts.ts'
import { deployAction } from './deploy.ts'

/**
 * The engine's actions and the server's own, bound to this attempt of the job. `onError` hears what an action
 * of ours throws, before the engine makes a failed step of it.
 */
export function serverBuiltins(
  deps: WorkerDeps,
  run: RunRow,
  job: JobRow,
  onError: (error: unknown) => void,
): Map<string, BuiltinAction> {
  const own = [agentAction(deps, run, job), deployAction(deps, run, job)].map((action) => ({
    ...action,
    run: (context: ActionContext) =>
      action.run(context).catch((error: unknown) => {
        onError(error)
        throw error
      }),
  }))
  return new Map([
    ...engineBuiltins(runArtifacts(deps, run)),
    ...own.map((action) => [action.name, action] as const),
  ])
}
