import {
  commonErrors,
  countRecentRuns,
  flakyJobs,
  type InsightScope,
  type WorkflowFigures,
  workflowFigures,
} from '../db/insights.ts'
import type { Handlers } from './handlers.ts'
import { projectFilter } from './project-handlers.ts'
import type { ServerDeps } from './server-deps.ts'

const dayMs = 24 * 60 * 60_000
/** What one question looks at, so that its cost is bounded however much ran. */
const maxRuns = 20_000

/** What the runs of the last days came to. */
export function insightsHandlers(deps: ServerDeps): Pick<Handlers, 'getInsights'> {
  return {
    async getInsights({ query }, { principal }) {
      const scope: InsightScope = {
        ...(await projectFilter(deps, principal, query.project)),
        since: new Date(deps.clock.now().getTime() - query.days * dayMs),
        limit: maxRuns,
      }
      const [count, workflows, errors, flaky] = await Promise.all([
        countRecentRuns(deps.db, scope),
        workflowFigures(deps.db, scope),
        commonErrors(deps.db, scope),
        flakyJobs(deps.db, scope),
      ])
      return {
        days: query.days,
        truncated: count > maxRuns,
        workflows: workflows.map(workflowInsight),
        errors: errors.map((row) => ({
          projectSlug: row.project_slug,
          workflowFile: row.workflow_file,
          jobKey: row.job_key,
          step: row.step,
          reason: row.reason,
          count: row.count,
          lastRunId: row.last_run_id,
          lastAt: row.last_at.toISOString(),
        })),
        flaky: flaky.map((row) => ({
          projectSlug: row.project_slug,
          workflowFile: row.workflow_file,
          jobKey: row.job_key,
          commits: row.commits,
          flakyCommits: row.flaky_commits,
          lastRunId: row.last_run_id,
        })),
      }
    },
  }
}

function workflowInsight(row: WorkflowFigures) {
  const ended = row.successful + row.failed
  return {
    projectId: row.project_id,
    projectSlug: row.project_slug,
    kind: row.kind,
    workflowFile: row.workflow_file,
    name: row.name,
    runs: row.runs,
    successful: row.successful,
    failed: row.failed,
    successRate: ended === 0 ? null : row.successful / ended,
    meanMs: row.mean_ms,
    medianMs: row.median_ms,
    p95Ms: row.p95_ms,
    queueMedianMs: row.queue_median_ms,
    queueP95Ms: row.queue_p95_ms,
    newestRunId: row.newest_run_id,
    newestConclusion: row.newest_conclusion,
  }
}
