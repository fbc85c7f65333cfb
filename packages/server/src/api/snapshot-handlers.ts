import { Failure } from '@signalbox/core/base/failure.ts'
import type { SnapshotView } from '@signalbox/core/contract/views/snapshots.ts'
import {
  findSnapshot,
  type ListedSnapshot,
  listSnapshots,
  removeSnapshot,
  sumSnapshots,
} from '../db/snapshots.ts'
import type { Handlers } from './handlers.ts'
import { mustFindProject, projectFilter } from './project-handlers.ts'
import type { ServerDeps } from './server-deps.ts'
import { shellState } from './shell-target.ts'

const most = 500

/** What is kept of workspaces, and whether a shell can be opened in it. */
export function snapshotHandlers(
  deps: ServerDeps,
): Pick<Handlers, 'listAllSnapshots' | 'listSnapshots' | 'deleteSnapshot' | 'getShell'> {
  return {
    async listAllSnapshots(_request, { principal }) {
      const { among } = await projectFilter(deps, principal, undefined)
      const [rows, { count, totalBytes }] = await Promise.all([
        listSnapshots(deps.db, { projectIds: among, limit: most }),
        sumSnapshots(deps.db, { projectIds: among }),
      ])
      return { items: rows.map(snapshotView), count, totalBytes }
    },
    async listSnapshots({ params }) {
      const project = await mustFindProject(deps, params.project)
      const rows = await listSnapshots(deps.db, { projectIds: [project.id], limit: most })
      const totalBytes = rows.reduce((sum, row) => sum + row.size_bytes, 0)
      return { items: rows.map(snapshotView), totalBytes }
    },
    async deleteSnapshot({ params }) {
      const project = await mustFindProject(deps, params.project)
      const row = await findSnapshot(deps.db, params.snapshot)
      if (row?.project_id !== project.id) throw new Failure('not-found', 'There is no such snapshot.')
      // Its layer is no row's any more, and the worker that has it deletes it.
      if ((await removeSnapshot(deps.db, row.id)) !== 'in-use') return {}
      throw new Failure('refused', 'The snapshot is in use: a job, a shell or a kept state stands on it.', {
        hint: 'Wait until that has ended, or delete the kept state first.',
      })
    },
    getShell: ({ params }, { principal }) => shellState(deps, params.job, principal?.userId),
  }
}

function snapshotView(row: ListedSnapshot): SnapshotView {
  return {
    id: row.id,
    projectSlug: row.project_slug,
    kind: row.kind,
    key: row.key,
    command: row.command,
    changeId: row.change_id,
    jobId: row.job_id,
    runId: row.run_id,
    sizeBytes: row.size_bytes,
    hits: row.hits,
    inUse: row.in_use,
    createdAt: row.created_at.toISOString(),
    lastUsedAt: row.last_used_at.toISOString(),
  }
}
