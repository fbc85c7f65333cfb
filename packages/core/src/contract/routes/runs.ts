import { z } from 'zod'
import { EgressRequest, LogPage, RunDetail, RunSummary } from '../views/runs.ts'
import { jobId, limit, project, type Route, runId } from './route.ts'

export const runsRoutes = {
  listRuns: {
    method: 'GET',
    path: '/api/runs',
    permission: 'run.read',
    acrossProjects: true,
    tag: 'runs',
    summary: 'Runs, newest first.',
    query: z.object({ project: z.string().optional(), before: z.uuid().optional(), limit }),
    response: z.object({ items: z.array(RunSummary), next: z.uuid().nullable() }),
  },
  createRun: {
    method: 'POST',
    path: '/api/projects/:project/runs',
    permission: 'run.write',
    tag: 'runs',
    summary: 'Run a workflow of the default branch.',
    params: project,
    body: z.object({ workflow: z.string().min(1).max(500) }),
    response: RunDetail,
  },
  getRun: {
    method: 'GET',
    path: '/api/runs/:run',
    permission: 'run.read',
    tag: 'runs',
    summary: 'One run with its jobs, steps and workflow.',
    params: runId,
    response: RunDetail,
  },
  cancelRun: {
    method: 'POST',
    path: '/api/runs/:run/cancel',
    permission: 'run.write',
    tag: 'runs',
    summary: 'End the run with its whole process tree.',
    params: runId,
    response: RunDetail,
  },
  getJobLog: {
    method: 'GET',
    path: '/api/jobs/:job/log',
    permission: 'run.read',
    tag: 'runs',
    summary: 'Lines of the newest attempt (or another) after a line number.',
    params: jobId,
    query: z.object({
      attempt: z.coerce.number().int().min(1).optional(),
      after: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(5000).default(1000),
    }),
    response: LogPage,
  },
  listEgress: {
    method: 'GET',
    path: '/api/jobs/:job/egress',
    permission: 'run.read',
    tag: 'runs',
    summary: 'Every request that the job made through the proxy.',
    params: jobId,
    response: z.object({ items: z.array(EgressRequest) }),
  },
} as const satisfies Record<string, Route>
