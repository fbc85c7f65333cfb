import { sql } from 'kysely'
import { askingChanges } from './agent-questions.ts'
import type { Queryable } from './connect.ts'
import { deploymentsByIds } from './deployments.ts'
import type { EnvironmentRow } from './environments.ts'
import { listProjects, type ProjectRow, projectSlugs } from './projects.ts'
import { pullRequestsByChanges } from './pull-requests.ts'
import type { ChangeRow, DeploymentRow } from './state-of.ts'

/** What a change's row lacks for its summary: the strip is drawn from it. */
export interface SummaryFacts {
  projectSlug: string
  deployment: DeploymentRow | null
  merged: boolean
  /** What its agent asks a person, in a few words; null when it asks nothing. */
  asks: string | null
}

/** The facts for many summaries by change id, in four statements however many there are. */
export async function summaryFacts(db: Queryable, changes: ChangeRow[]): Promise<Map<string, SummaryFacts>> {
  if (changes.length === 0) return new Map()
  const [slugs, deployments, pullRequests, asking] = await Promise.all([
    projectSlugs(db, [...new Set(changes.map((change) => change.project_id))]),
    deploymentsByIds(
      db,
      changes.flatMap((change) => change.deployment_id ?? []),
    ),
    pullRequestsByChanges(
      db,
      changes.map((change) => change.id),
    ),
    askingChanges(
      db,
      changes.flatMap((change) => (change.status === 'working' ? [change.id] : [])),
    ),
  ])
  const merged = new Set(pullRequests.filter((pr) => pr.state === 'merged').map((pr) => pr.change_id))
  return new Map(
    changes.map((change) => [
      change.id,
      {
        projectSlug: slugs.get(change.project_id) ?? '',
        deployment: (change.deployment_id && deployments.get(change.deployment_id)) || null,
        merged: merged.has(change.id),
        asks: asking.get(change.id) ?? null,
      },
    ]),
  )
}

export interface CardFacts {
  project: ProjectRow
  openChanges: number
  newestChange: ChangeRow | null
  live: { deployment: DeploymentRow; environment: EnvironmentRow } | null
  /** Green or not of the newest ten completed validations, oldest first. */
  recentValidations: boolean[]
}

/** The facts for the cards of these projects (all, without the argument), in a fixed number of statements. */
export async function cardFacts(db: Queryable, only?: ProjectRow[]): Promise<CardFacts[]> {
  const projects = only ?? (await listProjects(db))
  const ids = projects.map((project) => project.id)
  const [open, newest, environments, validations] = await Promise.all([
    openChangeCounts(db, ids),
    newestChanges(db, ids),
    environmentsWithTraffic(db, ids),
    recentValidations(db, ids),
  ])
  const deployments = await deploymentsByIds(
    db,
    environments.flatMap((environment) => environment.live_deployment_id ?? []),
  )
  return projects.map((project) => {
    const environment = environments.find((row) => row.project_id === project.id)
    const deployment = environment && deployments.get(environment.live_deployment_id ?? '')
    return {
      project,
      openChanges: open.get(project.id) ?? 0,
      newestChange: newest.get(project.id) ?? null,
      live: deployment ? { deployment, environment } : null,
      recentValidations: validations.get(project.id) ?? [],
    }
  })
}

async function openChangeCounts(db: Queryable, ids: string[]): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('changes')
    .select(['project_id', sql<number>`count(*)`.as('count')])
    .where('project_id', '=', sql<string>`any(${ids}::uuid[])`)
    .where('status', '<>', 'completed')
    .groupBy('project_id')
    .execute()
  return new Map(rows.map((row) => [row.project_id, row.count]))
}

async function newestChanges(db: Queryable, ids: string[]): Promise<Map<string, ChangeRow>> {
  // Lateral: one step into the index per project, however many changes it has.
  const { rows } = await sql<ChangeRow>`
    select newest.* from unnest(${ids}::uuid[]) as wanted (id), lateral (
      select * from changes where project_id = wanted.id order by id desc limit 1
    ) as newest`.execute(db)
  return new Map(rows.map((row) => [row.project_id, row]))
}

function environmentsWithTraffic(db: Queryable, ids: string[]): Promise<EnvironmentRow[]> {
  return db
    .selectFrom('environments')
    .selectAll()
    .where('project_id', '=', sql<string>`any(${ids}::uuid[])`)
    .where('live_deployment_id', 'is not', null)
    .orderBy('id')
    .execute()
}

async function recentValidations(db: Queryable, ids: string[]): Promise<Map<string, boolean[]>> {
  const { rows } = await sql<{ project_id: string; greens: boolean[] }>`
    select wanted.id as project_id, array_agg(recent.green order by recent.id) as greens
    from unnest(${ids}::uuid[]) as wanted (id), lateral (
      select id, conclusion = 'success' as green from runs
      where project_id = wanted.id and kind = 'validation' and status = 'completed'
        and conclusion in ('success', 'failure', 'timed_out')
      order by id desc limit 10
    ) as recent
    group by wanted.id`.execute(db)
  return new Map(rows.map((row) => [row.project_id, row.greens]))
}
