import { noteBranch } from '../../db/branches.ts'
import { inTransaction, type Queryable } from '../../db/connect.ts'
import type { ProjectRow } from '../../db/projects.ts'
import type { FlowDeps } from '../deps.ts'
import { announcePush } from './announce.ts'

/** A branch that stands elsewhere than when it was last looked at. */
export interface MovedBranch {
  project: ProjectRow
  branch: string
  from: string | undefined
  to: string | undefined
  userId: string | null
}

/** Writes down that a branch was looked at, and in the same transaction what happened: false when somebody was quicker. */
export function notePush(
  deps: Pick<FlowDeps, 'queue' | 'forge'>,
  db: Queryable,
  at: MovedBranch,
): Promise<boolean> {
  const { project, branch: name, from, to } = at
  return inTransaction(db, async (tx) => {
    const noted = await noteBranch(tx, { projectId: project.id, name, from, to })
    if (noted) await announcePush(deps, tx, at)
    return noted
  })
}
