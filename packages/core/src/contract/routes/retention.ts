import { z } from 'zod'
import { RetentionPreview, RetentionSettings, RetentionView } from '../views/retention.ts'
import type { Route } from './route.ts'

const changed = z.object({
  runDays: RetentionSettings.shape.runDays.unwrap().optional(),
  keepRuns: RetentionSettings.shape.keepRuns.unwrap().optional(),
  logDays: RetentionSettings.shape.logDays.unwrap().optional(),
  eventDays: RetentionSettings.shape.eventDays.unwrap().optional(),
  auditDays: RetentionSettings.shape.auditDays.unwrap().optional(),
})

export const retentionRoutes = {
  getRetention: {
    method: 'GET',
    path: '/api/retention',
    permission: 'system.write',
    tag: 'system',
    summary: 'For how long things are kept, and what would be deleted now.',
    response: RetentionView,
  },
  updateRetention: {
    method: 'PATCH',
    path: '/api/retention',
    permission: 'system.write',
    tag: 'system',
    summary: 'Changes for how long things are kept; deletes nothing by itself.',
    body: changed,
    response: RetentionView,
  },
  runRetention: {
    method: 'POST',
    path: '/api/retention/run',
    permission: 'system.write',
    tag: 'system',
    summary: 'Deletes now what the nightly round would delete; answers what it deleted.',
    response: RetentionPreview,
  },
} as const satisfies Record<string, Route>
