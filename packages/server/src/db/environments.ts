import { type Insertable, type Selectable, sql, type Transaction } from 'kysely'
import type { Queryable } from './connect.ts'
import type { EnvironmentsTable } from './schema/projects.ts'
import type { Database } from './schema.ts'

export type EnvironmentRow = Selectable<EnvironmentsTable>

/** Undefined when the host, or the name within the project, is taken. */
export function insertEnvironment(
  db: Queryable,
  environment: Pick<Insertable<EnvironmentsTable>, 'id' | 'project_id' | 'name' | 'host'>,
): Promise<EnvironmentRow | undefined> {
  return db
    .insertInto('environments')
    .values(environment)
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
}

export function findEnvironment(db: Queryable, id: string): Promise<EnvironmentRow | undefined> {
  return db.selectFrom('environments').selectAll().where('id', '=', id).executeTakeFirst()
}

export function environmentByHost(db: Queryable, host: string): Promise<EnvironmentRow | undefined> {
  return db.selectFrom('environments').selectAll().where('host', '=', host).executeTakeFirst()
}

/** A project's environments, oldest first. */
export function environmentsByProject(db: Queryable, projectId: string): Promise<EnvironmentRow[]> {
  return db.selectFrom('environments').selectAll().where('project_id', '=', projectId).orderBy('id').execute()
}

/** All environments: what the ingress must route after a restart. */
export function listEnvironments(db: Queryable): Promise<EnvironmentRow[]> {
  return db.selectFrom('environments').selectAll().orderBy('id').execute()
}

/** Compare-and-set of which deployment has the traffic: undefined when the fence is another now. */
export function setLive(
  db: Queryable,
  input: { id: string; fence: number; deploymentId: string | null },
): Promise<EnvironmentRow | undefined> {
  return db
    .updateTable('environments')
    .set({ live_deployment_id: input.deploymentId, fence: sql<number>`fence + 1` })
    .where('id', '=', input.id)
    .where('fence', '=', input.fence)
    .returningAll()
    .executeTakeFirst()
}

/** Whoever decides about an environment's deployments does so one after another, until the transaction ends. */
export async function lockEnvironment(tx: Transaction<Database>, id: string): Promise<void> {
  await tx.selectFrom('environments').select('id').where('id', '=', id).forNoKeyUpdate().execute()
}
