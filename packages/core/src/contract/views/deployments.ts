import { z } from 'zod'
import { id, time } from './wire.ts'

export const DeploymentView = z.object({
  id,
  projectId: id,
  changeId: id.nullable(),
  runId: id.nullable(),
  environment: z.string(),
  commit: z.string(),
  trigger: z.enum(['merge', 'manual', 'rollback']),
  status: z.enum(['queued', 'starting', 'checking', 'watching', 'completed']),
  conclusion: z.enum(['live', 'failed', 'rolled_back', 'superseded', 'cancelled']).nullable(),
  reason: z.string().nullable(),
  /** Running now, kept and startable, or gone. */
  release: z.enum(['none', 'running', 'stopped', 'removed']),
  live: z.boolean(),
  url: z.string().nullable(),
  health: z.object({ healthy: z.boolean(), detail: z.string(), at: time }).nullable(),
  createdAt: time,
  liveAt: time.nullable(),
  completedAt: time.nullable(),
})
export type DeploymentView = z.infer<typeof DeploymentView>
