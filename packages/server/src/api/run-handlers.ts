import { Failure } from '@signalbox/core/base/failure.ts'
import { annotationsByRun, summariesByRun } from '../db/annotations.ts'
import { artifactsByRun } from '../db/artifacts.ts'
import { listEgress } from '../db/egress.ts'
import { groupWaits } from '../db/group-members.ts'
import { findJob, jobsByRun } from '../db/jobs.ts'
import { projectSlugs } from '../db/projects.ts'
import { findRun } from '../db/runs.ts'
import type { JobRow, RunRow } from '../db/state-of.ts'
import { stepsByRun } from '../db/steps.ts'
import { listWorkers } from '../db/workers.ts'
import { excerpt } from '../job-log/excerpt.ts'
import { logPages, readJobLog } from '../job-log/read-job-log.ts'
import type { Handlers } from './handlers.ts'
import { mustFindProject } from './project-handlers.ts'
import { runPage } from './run-page.ts'
import type { ServerDeps } from './server-deps.ts'
import { environmentsOf } from './views/environments.ts'
import { artifactView, logLine, runDetail, runSummary } from './views/run-view.ts'
import { waitWords } from './views/waits.ts'

type RunHandlers = Pick<
  Handlers,
  | 'listRuns'
  | 'createRun'
  | 'tryValidation'
  | 'getRun'
  | 'cancelRun'
  | 'forceCancelRun'
  | 'rerunRun'
  | 'reviewEnvironment'
  | 'listArtifacts'
  | 'listWorkflows'
  | 'listBranches'
  | 'getJobLog'
  | 'getLogExcerpt'
  | 'listEgress'
>

const maxSummaryChars = 64 * 1024
const maxEgress = 5000
/** A worker that gave no sign for so long is not named as one. */
const workerSilentMs = 30_000
const maxBranches = 1000

async function mustFindRun(deps: ServerDeps, id: string): Promise<RunRow> {
  const run = await findRun(deps.db, id)
  if (run) return run
  throw new Failure('not-found', 'There is no such run.')
}

async function mustFindJob(deps: ServerDeps, id: string): Promise<JobRow> {
  const job = await findJob(deps.db, id)
  if (job) return job
  throw new Failure('not-found', 'There is no such job.')
}

/** Runs, their jobs, logs and network requests. */
export function runHandlers(deps: ServerDeps): RunHandlers {
  async function waitsOf(runId: string, jobs: JobRow[]) {
    const groups = await groupWaits(deps.db, runId)
    const lost = jobs.some((job) => job.no_worker_since !== null)
    const now = deps.clock.now().getTime()
    const workers = lost ? await listWorkers(deps.db) : []
    const alive = workers.filter((worker) => now - worker.heartbeat_at.getTime() < workerSilentMs)
    return waitWords(runId, { groups, jobs, workers: alive })
  }
  async function show(id: string) {
    const [run, jobs, steps, annotations, summaries] = await Promise.all([
      mustFindRun(deps, id),
      jobsByRun(deps.db, id),
      stepsByRun(deps.db, id),
      annotationsByRun(deps.db, id),
      summariesByRun(deps.db, id, maxSummaryChars),
    ])
    const slugs = await projectSlugs(deps.db, [run.project_id])
    const queued = run.status === 'completed' ? [] : jobs.filter((job) => job.status === 'queued')
    const environments = await environmentsOf(deps, run, jobs)
    return runDetail(run, {
      environments,
      ...(queued.length > 0 && { waits: await waitsOf(run.id, queued) }),
      projectSlug: slugs.get(run.project_id) ?? '',
      jobs,
      steps,
      annotations,
      summaries,
    })
  }
  return {
    async listRuns({ query }, { principal }) {
      return runPage(deps, { principal, query }, (row) => runSummary(row, row.project_slug))
    },
    async createRun({ params, body }, { actor }) {
      const project = await mustFindProject(deps, params.project)
      const { runId } = await deps.flows.createRun({ projectId: project.id, ...body }, actor)
      return show(runId)
    },
    async tryValidation({ params, body }, { actor }) {
      const project = await mustFindProject(deps, params.project)
      const input = { projectId: project.id, branch: body.branch }
      const { runId } = await deps.flows.tryValidation(input, actor)
      return show(runId)
    },
    async getRun({ params }) {
      return show(params.run)
    },
    async cancelRun({ params }, { actor }) {
      const run = await mustFindRun(deps, params.run)
      await deps.flows.cancelRun({ runId: run.id }, actor)
      return show(run.id)
    },
    async forceCancelRun({ params }, { actor }) {
      const run = await mustFindRun(deps, params.run)
      await deps.flows.cancelRun({ runId: run.id, force: true }, actor)
      return show(run.id)
    },
    async rerunRun({ params, body }, { actor }) {
      const run = await mustFindRun(deps, params.run)
      const { runId } = await deps.flows.rerunRun({ runId: run.id, ...body }, actor)
      return show(runId)
    },
    async reviewEnvironment({ params, body }, { actor }) {
      const run = await mustFindRun(deps, params.run)
      await deps.flows.reviewEnvironment({ runId: run.id, ...body }, actor)
      return show(run.id)
    },
    async listArtifacts({ params }) {
      const run = await mustFindRun(deps, params.run)
      return { items: (await artifactsByRun(deps.db, run.id, deps.clock.now())).map(artifactView) }
    },
    async listWorkflows({ params, query }) {
      const project = await mustFindProject(deps, params.project)
      return { items: await deps.flows.listWorkflows({ projectId: project.id, branch: query.branch }) }
    },
    async listBranches({ params }) {
      const project = await mustFindProject(deps, params.project)
      const found = await deps.forge.branches(project.id)
      const all = [...found].map(([name, commit]) => {
        return { name, commit, isDefault: name === project.default_branch }
      })
      all.sort((a, b) => Number(b.isDefault) - Number(a.isDefault) || (a.name < b.name ? -1 : 1))
      return { items: all.slice(0, maxBranches), more: all.length > maxBranches }
    },
    async getJobLog({ params, query }) {
      // The job first: a log that was complete before its lines were read has no further line.
      const job = await mustFindJob(deps, params.job)
      const attempt = query.attempt ?? job.attempt
      const { after, limit } = query
      const { lines, more } = await readJobLog(deps, { jobId: job.id, attempt, after, limit })
      const complete = !more && (attempt < job.attempt || job.log_complete)
      return { attempt, lines: lines.map(logLine), more, complete }
    },
    async getLogExcerpt({ params, query }) {
      const job = await mustFindJob(deps, params.job)
      const attempt = query.attempt ?? job.attempt
      const complete = attempt < job.attempt || job.log_complete
      const steps = await stepsFor(deps, { job, attempt, ...query })
      const { lines, ...found } = await excerpt(logPages(deps, { jobId: job.id, attempt }), {
        ...query,
        ...(steps ? { steps } : {}),
      })
      return { attempt, lines: lines.map(logLine), complete, ...found }
    },
    async listEgress({ params }) {
      const job = await mustFindJob(deps, params.job)
      const rows = await listEgress(deps.db, { jobId: job.id, limit: maxEgress })
      const items = rows.map((row) => ({
        at: row.at.toISOString(),
        host: row.host,
        port: row.port,
        method: row.method,
        allowed: row.allowed,
        reason: row.reason,
        bytesUp: row.bytes_up,
        bytesDown: row.bytes_down,
        durationMs: row.duration_ms,
      }))
      return { items }
    },
  }
}

/** The step that was asked for; around an error those that failed; undefined: all of them. */
async function stepsFor(
  deps: ServerDeps,
  { job, attempt, mode, step }: { job: JobRow; attempt: number; mode: string; step?: number | undefined },
): Promise<Set<number> | undefined> {
  if (step !== undefined) return new Set([step])
  if (mode !== 'error') return undefined
  const rows = await stepsByRun(deps.db, job.run_id)
  const failed = rows.filter(
    (row) =>
      row.job_id === job.id &&
      row.attempt === attempt &&
      (row.conclusion === 'failure' || row.conclusion === 'timed_out'),
  )
  return failed.length > 0 ? new Set(failed.map((row) => row.number)) : undefined
}
