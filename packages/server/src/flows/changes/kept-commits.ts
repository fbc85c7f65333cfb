import type { ChangeRow } from '../../db/state-of.ts'
import type { FlowDeps } from '../deps.ts'

/** Under this name a repository keeps what only a change in progress needs: released when it ends. */
export function keptFor(changeId: string): string {
  return `changes/${changeId}`
}

/** The change that a kept name belongs to. */
export function changeOfKept(name: string): string | undefined {
  return /^changes\/([0-9a-f-]{36})(\/|$)/.exec(name)?.[1]
}

/** Only tidying: what a crash leaves here goes with the daily maintenance. */
export async function releaseKept(deps: FlowDeps, change: ChangeRow): Promise<void> {
  await deps.forge.releaseCommit(change.project_id, keptFor(change.id)).catch((error: unknown) => {
    deps.log.warn({ err: error, changeId: change.id }, 'its commits could not be released')
  })
}
