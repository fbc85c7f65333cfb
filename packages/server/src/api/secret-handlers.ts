import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { SecretView, VariableView } from '@signalbox/core/contract/views/secrets.ts'
import { inTransaction } from '../db/connect.ts'
import { listEnvironments } from '../db/environments.ts'
import type { ProjectRow } from '../db/projects.ts'
import { listSecrets } from '../db/secrets.ts'
import { deleteVariable, listVariables, setVariable } from '../db/variables.ts'
import type { Handlers } from './handlers.ts'
import { mustFindProject } from './project-handlers.ts'
import type { ServerDeps } from './server-deps.ts'

type SecretHandlers = Pick<
  Handlers,
  | 'listSecrets'
  | 'setSecrets'
  | 'deleteSecret'
  | 'listVariables'
  | 'setVariables'
  | 'deleteVariable'
  | 'rotateMasterKey'
>

/** Secrets and variables of projects. Values of secrets come in here and never go out. */
export function secretHandlers(deps: ServerDeps): SecretHandlers {
  return {
    async listSecrets({ params }) {
      const project = await mustFindProject(deps, params.project)
      const [items, environments] = await Promise.all([
        secretViews(deps, project.id),
        environmentsOf(deps, project),
      ])
      return { items, environments }
    },
    async setSecrets({ params, body }, { actor }) {
      const project = await mustFindProject(deps, params.project)
      const place = { projectId: project.id, environment: body.environment }
      for (const { name, value } of body.items) {
        await deps.vault.set(place, { name, value, userId: actor.userId })
      }
      return { items: await secretViews(deps, project.id) }
    },
    async deleteSecret({ params, query }) {
      const project = await mustFindProject(deps, params.project)
      const place = { projectId: project.id, environment: query.environment }
      if (await deps.vault.delete(place, params.name)) return {}
      throw new Failure('not-found', `There is no secret ${params.name} there.`)
    },
    async listVariables({ params }) {
      const project = await mustFindProject(deps, params.project)
      return { items: await variableViews(deps, project.id) }
    },
    async setVariables({ params, body }, { actor }) {
      const project = await mustFindProject(deps, params.project)
      const place = { projectId: project.id, environment: body.environment }
      await inTransaction(deps.db, async (tx) => {
        for (const { name, value } of body.items) {
          const row = { id: newId(), ...place, name, value, userId: actor.userId, now: deps.clock.now() }
          await setVariable(tx, row)
        }
      })
      return { items: await variableViews(deps, project.id) }
    },
    async deleteVariable({ params, query }) {
      const project = await mustFindProject(deps, params.project)
      const where = { projectId: project.id, environment: query.environment, name: params.name }
      if (await deleteVariable(deps.db, where)) return {}
      throw new Failure('not-found', `There is no variable ${params.name} there.`)
    },
    async rotateMasterKey() {
      return { ...(await deps.vault.rotate()), keptIn: deps.vault.label }
    },
  }
}

/** Those that exist, and the one that a first deployment will make. */
async function environmentsOf(deps: ServerDeps, project: ProjectRow): Promise<string[]> {
  const rows = (await listEnvironments(deps.db)).filter((row) => row.project_id === project.id)
  const { environment } = ProjectSettings.parse(project.settings).deployment
  return [...new Set([environment, ...rows.map((row) => row.name)])].sort()
}

async function secretViews(deps: ServerDeps, projectId: string): Promise<SecretView[]> {
  const rows = await listSecrets(deps.db, projectId)
  return rows.map((row) => ({
    name: row.name,
    environment: row.environment,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    updatedBy: row.updated_by_name,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
  }))
}

async function variableViews(deps: ServerDeps, projectId: string): Promise<VariableView[]> {
  const rows = await listVariables(deps.db, projectId)
  return rows.map((row) => ({
    name: row.name,
    environment: row.environment,
    value: row.value,
    updatedAt: row.updated_at.toISOString(),
    updatedBy: row.updated_by_name,
  }))
}
