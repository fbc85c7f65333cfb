import { z } from 'zod'
import { RunKind } from './runs.ts'
import { id, time } from './wire.ts'
import { InputValues } from './workflows.ts'

/** A run's state in the words of pipelines. */
export const PipelineStatus = z.enum(['pending', 'running', 'success', 'failed', 'cancelled', 'skipped'])
export type PipelineStatus = z.infer<typeof PipelineStatus>

/** A run as the older pipeline API shows it; names are those of its columns. */
export const PipelineView = z.object({
  id,
  project: z.string(),
  name: z.string(),
  pipeline_type: RunKind,
  status: PipelineStatus,
  trigger_event: z.string(),
  branch_name: z.string(),
  created_at: time,
  started_at: time.nullable(),
  completed_at: time.nullable(),
  duration_ms: z.number().nullable(),
  error_message: z.string().nullable(),
})
export type PipelineView = z.infer<typeof PipelineView>

export const PipelineStep = z.object({
  job: z.string(),
  step_name: z.string(),
  step_type: z.enum(['run', 'uses']).nullable(),
  status: PipelineStatus,
  /** How often the job was taken up again after its worker was lost. */
  retry_count: z.int(),
  duration_ms: z.number().nullable(),
  error_message: z.string().nullable(),
})

export const PipelineDetail = PipelineView.extend({
  /** Jobs, as those that are over of all that are known by now. */
  progress: z.object({ completed: z.int(), total: z.int() }),
  steps: z.array(PipelineStep),
})
export type PipelineDetail = z.infer<typeof PipelineDetail>

/** Lines of all jobs, job by job in the workflow's order. */
export const PipelineLogs = z.object({
  lines: z.array(
    z.object({
      job: z.string(),
      step: z.int(),
      at: z.number(),
      stream: z.enum(['stdout', 'stderr', 'system']),
      text: z.string(),
    }),
  ),
  /** There are more than were asked for. */
  more: z.boolean(),
})

/** Which workflow of which project to run. */
export const NewPipeline = z.object({
  project: z.string().min(1).max(100),
  workflow: z.string().min(1).max(500),
  branch: z.string().min(1).max(250).optional(),
  inputs: InputValues.default({}),
})
