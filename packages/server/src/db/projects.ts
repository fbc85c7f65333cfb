import type { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { type Insertable, type Selectable, sql } from 'kysely'
import type { Queryable } from './connect.ts'
import type { ProjectsTable } from './schema/projects.ts'
import { storableJson } from './storable.ts'

export type ProjectRow = Selectable<ProjectsTable>
export type NewProject = Omit<
  Insertable<ProjectsTable>,
  'settings' | 'fence' | 'next_number' | 'next_run_number' | 'sync_problem' | 'branches_known'
> & {
  settings: ProjectSettings
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Undefined when the slug is taken. */
export function insertProject(db: Queryable, project: NewProject): Promise<ProjectRow | undefined> {
  return db
    .insertInto('projects')
    .values({ ...project, settings: storableJson(project.settings) })
    .onConflict((conflict) => conflict.column('slug').doNothing())
    .returningAll()
    .executeTakeFirst()
}

/** By slug or id; a slug that looks like an id is found too. */
export function findProject(db: Queryable, slugOrId: string): Promise<ProjectRow | undefined> {
  const query = db.selectFrom('projects').selectAll()
  if (!uuid.test(slugOrId)) return query.where('slug', '=', slugOrId).executeTakeFirst()
  return query
    .where((is) => is.or([is('id', '=', slugOrId), is('slug', '=', slugOrId)]))
    .orderBy(sql`id::text = ${slugOrId.toLowerCase()}`, 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** All projects, oldest first. */
export function listProjects(db: Queryable): Promise<ProjectRow[]> {
  return db.selectFrom('projects').selectAll().orderBy('id').execute()
}

/** The slugs of these projects by id. */
export async function projectSlugs(db: Queryable, ids: string[]): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('projects')
    .select(['id', 'slug'])
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()
  return new Map(rows.map((row) => [row.id, row.slug]))
}

/** Compare-and-set: undefined when the project is gone or its fence is another. */
export function updateProject(
  db: Queryable,
  input: { id: string; fence: number; name?: string; settings?: ProjectSettings; defaultBranch?: string },
): Promise<ProjectRow | undefined> {
  return db
    .updateTable('projects')
    .set({
      fence: sql<number>`fence + 1`,
      ...(input.name === undefined ? {} : { name: input.name }),
      ...(input.defaultBranch === undefined ? {} : { default_branch: input.defaultBranch }),
      ...(input.settings === undefined ? {} : { settings: storableJson(input.settings) }),
    })
    .where('id', '=', input.id)
    .where('fence', '=', input.fence)
    .returningAll()
    .executeTakeFirst()
}

/** What keeps the project and its origin apart, for a person; null: nothing. Beside the settings, so the fence stays. */
export async function setSyncProblem(
  db: Queryable,
  input: { id: string; problem: string | null },
): Promise<void> {
  await db.updateTable('projects').set({ sync_problem: input.problem }).where('id', '=', input.id).execute()
}

/** Deletes a project with everything that hangs on it; false when it was gone. Events stay. */
export async function deleteProject(db: Queryable, id: string): Promise<boolean> {
  const result = await db.deleteFrom('projects').where('id', '=', id).executeTakeFirst()
  return result.numDeletedRows > 0n
}

/**
 * The project's next number for changes and pull requests, which share one row, or for runs; each is given
 * once. The project's row stays locked until the transaction ends.
 */
export async function takeNumber(
  db: Queryable,
  projectId: string,
  of: 'change' | 'run' = 'change',
): Promise<number> {
  const column = of === 'run' ? 'next_run_number' : 'next_number'
  const row = await db
    .updateTable('projects')
    .set({ [column]: sql<number>`${sql.ref(column)} + 1` })
    .where('id', '=', projectId)
    .returning(sql<number>`${sql.ref(column)} - 1`.as('number'))
    .executeTakeFirstOrThrow()
  return row.number
}
