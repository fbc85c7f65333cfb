import { z } from 'zod'
import { ShellState, SnapshotView } from '../views/snapshots.ts'
import { jobId, none, project, type Route } from './route.ts'

export const snapshotsRoutes = {
  listAllSnapshots: {
    method: 'GET',
    path: '/api/snapshots',
    permission: 'project.read',
    acrossProjects: true,
    tag: 'snapshots',
    summary: 'Kept installs and states of failed jobs of all projects, the last used first; at most 500.',
    response: z.object({
      items: z.array(SnapshotView),
      /** Of all of them, listed or not. */
      count: z.int(),
      totalBytes: z.number(),
    }),
  },
  listSnapshots: {
    method: 'GET',
    path: '/api/projects/:project/snapshots',
    permission: 'project.read',
    tag: 'snapshots',
    summary: 'Kept installs and states of failed jobs, the last used first.',
    params: project,
    response: z.object({ items: z.array(SnapshotView), totalBytes: z.number() }),
  },
  deleteSnapshot: {
    method: 'DELETE',
    path: '/api/projects/:project/snapshots/:snapshot',
    permission: 'project.write',
    tag: 'snapshots',
    summary: 'Forget a snapshot that nothing stands on; the next run installs anew.',
    params: project.extend({ snapshot: z.uuid() }),
    response: none,
  },
  getShell: {
    method: 'GET',
    path: '/api/jobs/:job/shell',
    permission: 'run.shell',
    tag: 'snapshots',
    summary: 'Whether a shell can be opened where the job failed. The shell itself is a WebSocket.',
    params: jobId,
    response: ShellState,
  },
} as const satisfies Record<string, Route>
