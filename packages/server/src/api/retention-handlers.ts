import {
  readProjectRetention,
  readRetention,
  storeProjectRetention,
  storeRetention,
} from '../db/retention.ts'
import type { Handlers } from './handlers.ts'
import { mustFindProject } from './project-handlers.ts'
import type { ServerDeps } from './server-deps.ts'

type RetentionHandlers = Pick<
  Handlers,
  | 'getRetention'
  | 'updateRetention'
  | 'runRetention'
  | 'getProjectRetention'
  | 'updateProjectRetention'
  | 'runProjectRetention'
>

/** For how long things are kept, here and in one project; what deletes them is a flow. */
export function retentionHandlers(deps: ServerDeps): RetentionHandlers {
  async function view() {
    return { settings: await readRetention(deps.db), preview: await deps.retention.preview() }
  }
  async function viewOf(projectId: string) {
    return {
      settings: await readProjectRetention(deps.db, projectId),
      installation: await readRetention(deps.db),
      preview: await deps.retention.preview(projectId),
    }
  }
  return {
    getRetention: view,
    async updateRetention({ body }) {
      const settings = { ...(await readRetention(deps.db)), ...said(body) }
      await storeRetention(deps.db, settings, deps.clock.now())
      return await view()
    },
    runRetention: () => deps.retention.run(),
    async getProjectRetention({ params }) {
      return await viewOf((await mustFindProject(deps, params.project)).id)
    },
    async updateProjectRetention({ params, body }) {
      const { id: projectId } = await mustFindProject(deps, params.project)
      const settings = { ...(await readProjectRetention(deps.db, projectId)), ...said(body) }
      await storeProjectRetention(deps.db, { projectId, settings, now: deps.clock.now() })
      return await viewOf(projectId)
    },
    async runProjectRetention({ params }) {
      return await deps.retention.run((await mustFindProject(deps, params.project)).id)
    },
  }
}

/** What the body names; what it leaves out stays as it was. */
function said(body: object) {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
}
