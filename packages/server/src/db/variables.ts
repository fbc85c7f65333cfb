import { type Selectable, sql } from 'kysely'
import type { Queryable } from './connect.ts'
import type { VariablesTable } from './schema/secrets.ts'

export type VariableRow = Selectable<VariablesTable>

/** Stores or replaces it. */
export async function setVariable(
  db: Queryable,
  input: {
    id: string
    projectId: string
    environment: string
    name: string
    value: string
    userId: string | null
    now: Date
  },
): Promise<void> {
  const value = { value: input.value, updated_by: input.userId, updated_at: input.now }
  await db
    .insertInto('variables')
    .values({
      id: input.id,
      project_id: input.projectId,
      environment: input.environment,
      name: input.name,
      ...value,
    })
    .onConflict((conflict) => conflict.columns(['project_id', 'environment', 'name']).doUpdateSet(value))
    .execute()
}

/** All of a project, by environment and name. */
export function listVariables(
  db: Queryable,
  projectId: string,
): Promise<(VariableRow & { updated_by_name: string | null })[]> {
  return db
    .selectFrom('variables')
    .leftJoin('users', 'users.id', 'variables.updated_by')
    .selectAll('variables')
    .select('users.name as updated_by_name')
    .where('variables.project_id', '=', projectId)
    .orderBy('environment')
    .orderBy('variables.name')
    .execute()
}

/** The values for an environment: its own before those of every environment. */
export async function variablesFor(
  db: Queryable,
  where: { projectId: string; environment: string },
): Promise<Record<string, string>> {
  const rows = await db
    .selectFrom('variables')
    .select(['name', 'value'])
    .where('project_id', '=', where.projectId)
    .where('environment', 'in', [...new Set(['', where.environment])])
    .orderBy(sql`environment <> ''`)
    .execute()
  return Object.fromEntries(rows.map((row) => [row.name, row.value]))
}

/** False when there was none. */
export async function deleteVariable(
  db: Queryable,
  where: { projectId: string; environment: string; name: string },
): Promise<boolean> {
  const result = await db
    .deleteFrom('variables')
    .where('project_id', '=', where.projectId)
    .where('environment', '=', where.environment)
    .where('name', '=', where.name)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}
