import { findChange } from '../db/changes.ts'
import type { Queryable } from '../db/connect.ts'
import { findDeployment } from '../db/deployments.ts'
import { type OwnedKind, projectOf } from '../db/project-of.ts'
import { findProject } from '../db/projects.ts'
import { readProjectRetention } from '../db/retention.ts'
import { findRun } from '../db/runs.ts'

/** What of a row people change, by the name of the route's parameter; undefined when the row is not there. */
const readers: Record<string, (db: Queryable, id: string) => Promise<unknown>> = {
  async project(db, id) {
    const row = await findProject(db, id)
    return (
      row && { name: row.name, settings: row.settings, retention: await readProjectRetention(db, row.id) }
    )
  },
  async change(db, id) {
    const row = await findChange(db, id)
    if (!row) return undefined
    const { status, conclusion, waiting_for, approved_commit, merge_requested } = row
    return {
      status,
      conclusion,
      waitingFor: waiting_for,
      approvedCommit: approved_commit,
      mergeRequested: merge_requested,
    }
  },
  async run(db, id) {
    const row = await findRun(db, id)
    if (!row) return undefined
    const { status, conclusion, cancel_requested: cancelRequested, cancel_forced: cancelForced } = row
    return { status, conclusion, cancelRequested, cancelForced }
  },
  async deployment(db, id) {
    const row = await findDeployment(db, id)
    return row && { status: row.status, conclusion: row.conclusion, release: row.release }
  },
}

/** The state of the object that a write is about; undefined where none is kept. */
export async function auditedState(db: Queryable, params: Record<string, string>): Promise<unknown> {
  for (const [kind, id] of Object.entries(params).toReversed()) {
    const read = readers[kind]
    if (read) return read(db, id)
  }
  return undefined
}

const owners = ['project', 'change', 'run', 'job', 'deployment'] as const satisfies OwnedKind[]

/** The project of what a route's parameters name; undefined when they name none that is there. */
export async function projectNamed(
  db: Queryable,
  params: Record<string, string>,
): Promise<string | undefined> {
  for (const kind of owners) {
    const id = params[kind]
    if (id !== undefined) return projectOf(db, kind, id)
  }
  return undefined
}
