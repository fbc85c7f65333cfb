import { Failure } from '@signalbox/core/base/failure.ts'
import { may, type Principal, sees } from '../auth/principal.ts'
import { jobsByRun } from '../db/jobs.ts'
import { findProject, projectSlugs } from '../db/projects.ts'
import { findRun } from '../db/runs.ts'
import { stepsByRun } from '../db/steps.ts'
import { readJobLog } from '../job-log/read-job-log.ts'
import { forbidden } from './authorize.ts'
import type { Handlers } from './handlers.ts'
import { runPage } from './run-page.ts'
import type { ServerDeps } from './server-deps.ts'
import { pipelineDetail, pipelineView } from './views/pipeline-view.ts'

type PipelineHandlers = Pick<
  Handlers,
  | 'getPipelineStatus'
  | 'listPipelines'
  | 'createPipeline'
  | 'generatePipelineWorkflow'
  | 'getPipeline'
  | 'executePipeline'
  | 'getPipelineLogs'
>

/** Runs under the paths and names of the older pipeline API. */
export function pipelineHandlers(deps: ServerDeps): PipelineHandlers {
  async function show(id: string) {
    const run = await findRun(deps.db, id)
    if (!run) throw new Failure('not-found', 'There is no such run.')
    const [jobs, steps] = await Promise.all([jobsByRun(deps.db, id), stepsByRun(deps.db, id)])
    const slugs = await projectSlugs(deps.db, [run.project_id])
    return pipelineDetail(run, { projectSlug: slugs.get(run.project_id) ?? '', jobs, steps })
  }
  async function projectFor(principal: Principal | undefined, slug: string) {
    const project = await findProject(deps.db, slug)
    if (!project || !principal || !sees(principal, project.id))
      throw new Failure('not-found', 'There is no such project.')
    if (!may(principal, 'run.write', project.id)) throw forbidden('run.write')
    return project
  }
  return {
    async getPipelineStatus({ params }) {
      return show(params.run)
    },
    async getPipeline({ params }) {
      return show(params.run)
    },
    async listPipelines({ query }, { principal }) {
      return runPage(deps, { principal, query }, (row) => pipelineView(row, row.project_slug))
    },
    async createPipeline({ body }, { principal, actor }) {
      const { project: slug, ...asked } = body
      const project = await projectFor(principal, slug)
      const { runId } = await deps.flows.createRun({ projectId: project.id, ...asked }, actor)
      return show(runId)
    },
    async generatePipelineWorkflow({ body }, { principal }) {
      const project = await projectFor(principal, body.project)
      const { file, text } = await deps.flows.validationWorkflow({ projectId: project.id })
      return { file, workflow: text }
    },
    async executePipeline({ params }, { actor }) {
      const { runId } = await deps.flows.rerunRun({ runId: params.run, jobs: 'all' }, actor)
      return show(runId)
    },
    async getPipelineLogs({ params, query }) {
      const jobs = await jobsByRun(deps.db, params.run)
      const lines = []
      for (const job of jobs) {
        const left = query.limit - lines.length
        // One more than fits says that there is more.
        const page = await readJobLog(deps, {
          jobId: job.id,
          attempt: job.attempt,
          after: 0,
          limit: left + 1,
        })
        for (const { s, t, c, x } of page.lines) {
          lines.push({ job: job.key, step: s, at: t, stream: streams[c], text: x })
        }
        if (lines.length > query.limit) break
      }
      return { lines: lines.slice(0, query.limit), more: lines.length > query.limit }
    },
  }
}

const streams = { o: 'stdout', e: 'stderr', s: 'system' } as const
