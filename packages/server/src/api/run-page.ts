import type { Principal } from '../auth/principal.ts'
import { type ListedRun, listRuns } from '../db/runs.ts'
import { projectFilter } from './project-handlers.ts'
import type { ServerDeps } from './server-deps.ts'

/** A page of the runs that the caller sees, newest first, each as `view` draws it; `next` is where the next begins. */
export async function runPage<View>(
  deps: ServerDeps,
  asked: {
    principal: Principal | undefined
    query: { project?: string | undefined; before?: string | undefined; limit: number }
  },
  view: (row: ListedRun) => View,
): Promise<{ items: View[]; next: string | null }> {
  const { principal, query } = asked
  const rows = await listRuns(deps.db, {
    ...(await projectFilter(deps, principal, query.project)),
    before: query.before,
    limit: query.limit + 1,
  })
  const page = rows.slice(0, query.limit)
  return { items: page.map(view), next: rows.length > query.limit ? (page.at(-1)?.id ?? null) : null }
}
