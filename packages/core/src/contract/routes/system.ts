import { DoctorView, Health, SystemView } from '../views/system.ts'
import type { Route } from './route.ts'

export const systemRoutes = {
  health: {
    method: 'GET',
    path: '/health',
    permission: 'public',
    tag: 'system',
    summary: 'Whether database, queue, worker and ingress are well.',
    response: Health,
  },
  getSystem: {
    method: 'GET',
    path: '/api/system',
    permission: 'system.read',
    tag: 'system',
    summary: 'What runs here, what is enforced and what is not.',
    response: SystemView,
  },
  getDoctor: {
    method: 'GET',
    path: '/api/system/doctor',
    permission: 'system.write',
    tag: 'system',
    summary: 'Looks at machine, database, sandboxes and storage now: what is wrong and how to mend it.',
    response: DoctorView,
  },
} as const satisfies Record<string, Route>
