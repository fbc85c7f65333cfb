import { z } from 'zod'
import { NewPipeline, PipelineDetail, PipelineLogs, PipelineView } from '../views/pipelines.ts'
import { limit, type Route, runId } from './route.ts'

/** Runs under the paths and names of the older pipeline API; new programs use `/api/runs`. */
export const pipelinesRoutes = {
  getPipelineStatus: {
    method: 'GET',
    path: '/api/pipelines/:run/status',
    permission: 'run.read',
    tag: 'pipelines',
    summary: 'How far a run is, with its steps. The pipeline is a run.',
    params: runId,
    response: PipelineDetail,
  },
  listPipelines: {
    method: 'GET',
    path: '/api/phase2/pipelines',
    permission: 'run.read',
    acrossProjects: true,
    tag: 'pipelines',
    summary: 'Runs, newest first; the same as `/api/runs`.',
    query: z.object({ project: z.string().optional(), before: z.uuid().optional(), limit }),
    response: z.object({ items: z.array(PipelineView), next: z.uuid().nullable() }),
  },
  createPipeline: {
    method: 'POST',
    path: '/api/phase2/pipelines/create',
    permission: 'run.write',
    acrossProjects: true,
    tag: 'pipelines',
    summary: 'Run a workflow; the same as `/api/projects/:project/runs`.',
    body: NewPipeline,
    response: PipelineDetail,
  },
  generatePipelineWorkflow: {
    method: 'POST',
    path: '/api/phase2/pipelines/generate-workflow',
    permission: 'run.write',
    acrossProjects: true,
    tag: 'pipelines',
    summary: 'The workflow that validates a project: made of its commands, or the file that it has.',
    body: z.object({ project: z.string().min(1).max(100) }),
    response: z.object({ file: z.string(), workflow: z.string() }),
  },
  getPipeline: {
    method: 'GET',
    path: '/api/phase2/pipelines/:run',
    permission: 'run.read',
    tag: 'pipelines',
    summary: 'One run with its steps; the same as `/api/pipelines/:run/status`.',
    params: runId,
    response: PipelineDetail,
  },
  executePipeline: {
    method: 'POST',
    path: '/api/phase2/pipelines/:run/execute',
    permission: 'run.write',
    tag: 'pipelines',
    summary: 'Run a completed run again, as a new attempt; the same as `/api/runs/:run/rerun`.',
    params: runId,
    response: PipelineDetail,
  },
  getPipelineLogs: {
    method: 'GET',
    path: '/api/phase2/pipelines/:run/logs',
    permission: 'run.read',
    tag: 'pipelines',
    summary: 'The first lines of all jobs of a run; `/api/jobs/:job/log` has every line.',
    params: runId,
    query: z.object({ limit: z.coerce.number().int().min(1).max(5000).default(1000) }),
    response: PipelineLogs,
  },
} as const satisfies Record<string, Route>
