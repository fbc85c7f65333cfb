import { z } from 'zod'
import {
  ProjectRetention,
  ProjectRetentionView,
  RetentionPreview,
  RetentionSettings,
  RetentionView,
} from '../views/retention.ts'
import { project, type Route } from './route.ts'

const changed = z.object({
  changeDays: RetentionSettings.shape.changeDays.unwrap().optional(),
  runDays: RetentionSettings.shape.runDays.unwrap().optional(),
  keepRuns: RetentionSettings.shape.keepRuns.unwrap().optional(),
  logDays: RetentionSettings.shape.logDays.unwrap().optional(),
  eventDays: RetentionSettings.shape.eventDays.unwrap().optional(),
  auditDays: RetentionSettings.shape.auditDays.unwrap().optional(),
})
const changedOfProject = z.object({
  changeDays: ProjectRetention.shape.changeDays.unwrap().optional(),
  runDays: ProjectRetention.shape.runDays.unwrap().optional(),
  keepRuns: ProjectRetention.shape.keepRuns.unwrap().optional(),
  logDays: ProjectRetention.shape.logDays.unwrap().optional(),
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
  getProjectRetention: {
    method: 'GET',
    path: '/api/projects/:project/retention',
    permission: 'project.read',
    tag: 'projects',
    summary: 'For how long things of the project are kept, and what of it would be deleted now.',
    params: project,
    response: ProjectRetentionView,
  },
  updateProjectRetention: {
    method: 'PATCH',
    path: '/api/projects/:project/retention',
    permission: 'project.write',
    tag: 'projects',
    summary: 'Changes for how long things of the project are kept; null: as the installation has it.',
    params: project,
    body: changedOfProject,
    response: ProjectRetentionView,
  },
  runProjectRetention: {
    method: 'POST',
    path: '/api/projects/:project/retention/run',
    permission: 'project.write',
    tag: 'projects',
    summary: 'Deletes now what the nightly round would delete of the project; answers what it deleted.',
    params: project,
    response: RetentionPreview,
  },
} as const satisfies Record<string, Route>
