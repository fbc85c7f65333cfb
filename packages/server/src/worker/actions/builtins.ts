import { engineBuiltins } from '@signalbox/engine/actions/registry.ts'
import type { BuiltinAction } from '@signalbox/engine/job/port.ts'
import type { JobRow, RunRow } from '../../db/state-of.ts'
import type { WorkerDeps } from '../deps.ts'
import { agentAction } from './agent.ts'
import { deployAction } from './deploy.ts'

/** The engine's actions and the server's own, bound to this attempt of the job. */
export function serverBuiltins(deps: WorkerDeps, run: RunRow, job: JobRow): Map<string, BuiltinAction> {
  const own = [agentAction(deps, run, job), deployAction(deps, run, job)]
  return new Map([...engineBuiltins(), ...own.map((action) => [action.name, action] as const)])
}
