import { newDeployment } from '@signalbox/core/domain/deployment.ts'
import { type Insertable, sql } from 'kysely'
import type { Queryable } from './connect.ts'
import type { DeploymentsTable } from './schema/deployments.ts'
import type { DeploymentRow } from './state-of.ts'
import { storableJson } from './storable.ts'

export type NewDeploymentRow = Pick<
  Insertable<DeploymentsTable>,
  | 'id'
  | 'project_id'
  | 'environment_id'
  | 'change_id'
  | 'run_id'
  | 'commit_id'
  | 'trigger'
  | 'previous_deployment_id'
  | 'rollback_of'
> & { release_spec?: unknown }

/** A queued deployment. The caller appends its event. */
export function insertDeployment(
  db: Queryable,
  { release_spec, ...deployment }: NewDeploymentRow,
): Promise<DeploymentRow> {
  return db
    .insertInto('deployments')
    .values({
      ...deployment,
      ...newDeployment,
      release_spec: release_spec === undefined ? null : storableJson(release_spec),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

export function findDeployment(db: Queryable, id: string): Promise<DeploymentRow | undefined> {
  return db.selectFrom('deployments').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Many deployments at once, by id. */
export async function deploymentsByIds(db: Queryable, ids: string[]): Promise<Map<string, DeploymentRow>> {
  const rows = await db
    .selectFrom('deployments')
    .selectAll()
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

/** Newest first. */
export function listDeployments(
  db: Queryable,
  where: { projectId?: string; environmentId?: string; before?: string; limit: number },
): Promise<DeploymentRow[]> {
  let query = db.selectFrom('deployments').selectAll().orderBy('id', 'desc').limit(where.limit)
  if (where.projectId !== undefined) query = query.where('project_id', '=', where.projectId)
  if (where.environmentId !== undefined) query = query.where('environment_id', '=', where.environmentId)
  if (where.before !== undefined) query = query.where('id', '<', where.before)
  return query.execute()
}

/** Every deployment that is not completed, oldest first: what the reconciler walks. */
export function openDeployments(db: Queryable): Promise<DeploymentRow[]> {
  return db.selectFrom('deployments').selectAll().where('status', '<>', 'completed').orderBy('id').execute()
}

/** The one that is under way in an environment: at most one, by index. */
export function activeDeployment(db: Queryable, environmentId: string): Promise<DeploymentRow | undefined> {
  return db
    .selectFrom('deployments')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('status', 'in', ['starting', 'checking', 'watching'])
    .executeTakeFirst()
}

/** The deployment whose turn is next in an environment. */
export function nextQueuedDeployment(
  db: Queryable,
  environmentId: string,
): Promise<DeploymentRow | undefined> {
  return db
    .selectFrom('deployments')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('status', '=', 'queued')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
}

/** Completed deployments of an environment whose release still runs or is kept, newest first. */
export function keptReleases(db: Queryable, environmentId: string): Promise<DeploymentRow[]> {
  return db
    .selectFrom('deployments')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('release', 'in', ['running', 'stopped'])
    .where('status', '=', 'completed')
    .orderBy('id', 'desc')
    .execute()
}

/** What became of the release, which lives on its own: beside the state, so the fence stays. */
export function setRelease(
  db: Queryable,
  input: { id: string; release: DeploymentRow['release'] },
): Promise<DeploymentRow | undefined> {
  return db
    .updateTable('deployments')
    .set({ release: input.release })
    .where('id', '=', input.id)
    .returningAll()
    .executeTakeFirst()
}

/** The newest health check: beside the state, so the fence stays. */
export async function setHealth(
  db: Queryable,
  input: { id: string; health: NonNullable<DeploymentRow['health']> },
): Promise<void> {
  await db
    .updateTable('deployments')
    .set({ health: storableJson(input.health) })
    .where('id', '=', input.id)
    .execute()
}

/** Ties a queued deployment to the run that carries it out; false when another process was quicker. */
export async function setDeploymentRun(
  db: Queryable,
  input: { id: string; fence: number; runId: string },
): Promise<boolean> {
  const result = await db
    .updateTable('deployments')
    .set({ run_id: input.runId, fence: sql<number>`fence + 1` })
    .where('id', '=', input.id)
    .where('fence', '=', input.fence)
    .where('run_id', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/**
 * Says that the traffic is on its way back, before it goes: a worker that takes over does not send it to the
 * unhealthy release again. Undefined when the fence is another now.
 */
export function setRollingBack(
  db: Queryable,
  input: { id: string; fence: number; reason: string },
): Promise<DeploymentRow | undefined> {
  return db
    .updateTable('deployments')
    .set({ reason: input.reason, fence: sql<number>`fence + 1` })
    .where('id', '=', input.id)
    .where('fence', '=', input.fence)
    .where('status', '=', 'watching')
    .returningAll()
    .executeTakeFirst()
}

/** The release specs of every deployment that is under way or whose release is kept, in every environment. */
export async function releaseSpecsInUse(db: Queryable): Promise<unknown[]> {
  const rows = await db
    .selectFrom('deployments')
    .select('release_spec')
    .where('release_spec', 'is not', null)
    .where((is) => is.or([is('release', 'in', ['running', 'stopped']), is('status', '<>', 'completed')]))
    .execute()
  return rows.map((row) => row.release_spec)
}

/** No release is kept any more, on whatever machine it was. */
export async function forgetReleases(db: Queryable): Promise<void> {
  await db
    .updateTable('deployments')
    .set({ release: 'removed', release_spec: null })
    .where('release', 'in', ['running', 'stopped'])
    .execute()
}
