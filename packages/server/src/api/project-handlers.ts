import { Failure } from '@signalbox/core/base/failure.ts'
import type { ProjectCard, ProjectDetail } from '@signalbox/core/contract/views/projects.ts'
import { type Principal, visibleProjects } from '../auth/principal.ts'
import { publicUrlOf } from '../config.ts'
import { type CardFacts, cardFacts, summaryFacts } from '../db/project-cards.ts'
import { findProject, listProjects, type ProjectRow } from '../db/projects.ts'
import type { Handlers } from './handlers.ts'
import type { ServerDeps } from './server-deps.ts'
import { projectCard, projectDetail } from './views/project-view.ts'

type ProjectHandlers = Pick<
  Handlers,
  | 'listProjects'
  | 'createProject'
  | 'getProject'
  | 'updateProject'
  | 'deleteProject'
  | 'getValidationWorkflow'
>

/** A project by slug or id; Failure `not-found`. */
export async function mustFindProject(deps: ServerDeps, slugOrId: string): Promise<ProjectRow> {
  const project = await findProject(deps.db, slugOrId)
  if (project) return project
  throw new Failure('not-found', 'There is no such project.')
}

/**
 * Which projects a list over several may show to this caller: one that they named, or all that they see
 * (undefined: every project there is). Failure `not-found`.
 */
export async function projectFilter(
  deps: ServerDeps,
  principal: Principal | undefined,
  slugOrId: string | undefined,
): Promise<{ projectId?: string; among?: string[] }> {
  const visible = principal ? visibleProjects(principal) : new Set<string>()
  if (slugOrId === undefined) return visible === 'all' ? {} : { among: [...visible] }
  const { id } = await mustFindProject(deps, slugOrId)
  if (visible === 'all' || visible.has(id)) return { projectId: id }
  throw new Failure('not-found', 'There is no such project.')
}

async function cards(deps: ServerDeps, facts: CardFacts[]): Promise<ProjectCard[]> {
  const [newest, heads] = await Promise.all([
    summaryFacts(
      deps.db,
      facts.flatMap((fact) => fact.newestChange ?? []),
    ),
    Promise.all(facts.map(({ project }) => headOf(deps, project))),
  ])
  return facts.map((fact, index) =>
    projectCard(fact, {
      headCommit: heads[index],
      newestFacts: newest.get(fact.newestChange?.id ?? ''),
      ingressPort: deps.config.ingressPort,
    }),
  )
}

/** A repository that cannot be read must not hide the other projects. */
async function headOf(deps: ServerDeps, project: ProjectRow): Promise<string | undefined> {
  try {
    return await deps.forge.head(project.id, project.default_branch)
  } catch (error) {
    deps.log.warn({ err: error, projectId: project.id }, 'the head of a project could not be read')
    return undefined
  }
}

async function detail(deps: ServerDeps, project: ProjectRow): Promise<ProjectDetail> {
  const facts = await cardFacts(deps.db, [project])
  const [fact] = facts
  const [card] = await cards(deps, facts)
  if (!fact || !card) throw new Failure('not-found', 'There is no such project.')
  const exampleGoals = project.sample ? await deps.flows.exampleGoals({ projectId: project.id }) : []
  return projectDetail(card, fact, { exampleGoals, publicUrl: publicUrlOf(deps.config) })
}

/** Projects: their cards, settings and the workflow that proves their pull requests. */
export function projectHandlers(deps: ServerDeps): ProjectHandlers {
  return {
    async listProjects(_request, { principal }) {
      const { among } = await projectFilter(deps, principal, undefined)
      const seen = (await listProjects(deps.db)).filter(({ id }) => among === undefined || among.includes(id))
      return { items: await cards(deps, await cardFacts(deps.db, seen)) }
    },
    async createProject({ body }, { actor }) {
      const { projectId } = await deps.flows.createProject(body, actor)
      return detail(deps, await mustFindProject(deps, projectId))
    },
    async getProject({ params }) {
      return detail(deps, await mustFindProject(deps, params.project))
    },
    async updateProject({ params, body }, { actor }) {
      const project = await mustFindProject(deps, params.project)
      await deps.flows.updateProject({ projectId: project.id, ...body }, actor)
      return detail(deps, await mustFindProject(deps, project.id))
    },
    async deleteProject({ params, body }, { actor }) {
      const project = await mustFindProject(deps, params.project)
      if (body.confirm !== project.slug) {
        throw new Failure('not-confirmed', 'The confirmation is not the name of the project.', {
          hint: `Send {"confirm": "${project.slug}"}.`,
        })
      }
      await deps.flows.deleteProject({ projectId: project.id }, actor)
      return {}
    },
    async getValidationWorkflow({ params }) {
      const project = await mustFindProject(deps, params.project)
      return deps.flows.validationWorkflow({ projectId: project.id })
    },
  }
}
