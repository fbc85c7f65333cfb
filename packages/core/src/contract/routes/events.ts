import { z } from 'zod'
import { ClientPayload, OccurrenceView, ScheduleView } from '../views/events.ts'
import { limit, project, type Route } from './route.ts'

/** What starts workflows by itself: what happened, and when the next time comes. */
export const eventsRoutes = {
  dispatchEvent: {
    method: 'POST',
    path: '/api/projects/:project/dispatches',
    permission: 'run.write',
    tag: 'runs',
    summary: 'Start the workflows of the default branch that wait for a repository_dispatch of this type.',
    params: project,
    body: z.object({ event_type: z.string().min(1).max(100), client_payload: ClientPayload.default({}) }),
    response: z.object({ id: z.uuid() }),
  },
  listOccurrences: {
    method: 'GET',
    path: '/api/projects/:project/occurrences',
    permission: 'run.read',
    tag: 'runs',
    summary: 'What happened to a project, newest first, which workflows it started and why not the others.',
    params: project,
    query: z.object({ limit }),
    response: z.object({ items: z.array(OccurrenceView) }),
  },
  listSchedules: {
    method: 'GET',
    path: '/api/projects/:project/schedules',
    permission: 'run.read',
    tag: 'runs',
    summary: 'The times at which workflows of the default branch start, the next one first.',
    params: project,
    response: z.object({ items: z.array(ScheduleView) }),
  },
  readSchedules: {
    method: 'POST',
    path: '/api/projects/:project/schedules',
    permission: 'run.write',
    tag: 'runs',
    summary: 'Read the schedules of the default branch anew; those of an import count only from then on.',
    params: project,
    response: z.object({ items: z.array(ScheduleView) }),
  },
} as const satisfies Record<string, Route>
