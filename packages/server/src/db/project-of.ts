import type { Queryable } from './connect.ts'
import { findProject } from './projects.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** What a route may name by id, each part of one project. */
export type OwnedKind = 'project' | 'change' | 'run' | 'job' | 'deployment'

const lookUps: Readonly<Record<OwnedKind, (db: Queryable, id: string) => Promise<string | undefined>>> = {
  async project(db, slugOrId) {
    return (await findProject(db, slugOrId))?.id
  },
  change: (db, id) => projectIdIn(db, 'changes', id),
  run: (db, id) => projectIdIn(db, 'runs', id),
  deployment: (db, id) => projectIdIn(db, 'deployments', id),
  async job(db, id) {
    const row = await db
      .selectFrom('jobs')
      .innerJoin('runs', 'runs.id', 'jobs.run_id')
      .select('runs.project_id')
      .where('jobs.id', '=', id)
      .executeTakeFirst()
    return row?.project_id
  },
}

/** The project that a thing is part of (a project by slug or id, all else by id); undefined: there is none. */
export async function projectOf(db: Queryable, kind: OwnedKind, id: string): Promise<string | undefined> {
  if (kind !== 'project' && !uuid.test(id)) return undefined
  return await lookUps[kind](db, id)
}

async function projectIdIn(
  db: Queryable,
  table: 'changes' | 'runs' | 'deployments',
  id: string,
): Promise<string | undefined> {
  const row = await db.selectFrom(table).select('project_id').where('id', '=', id).executeTakeFirst()
  return row?.project_id
}
