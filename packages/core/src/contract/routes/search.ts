import { z } from 'zod'
import { Found } from '../views/search.ts'
import type { Route } from './route.ts'

export const searchRoutes = {
  search: {
    method: 'GET',
    path: '/api/search',
    permission: 'project.read',
    acrossProjects: true,
    tag: 'search',
    summary:
      'Projects and changes by words of their name, changes and runs by number; at most 20, newest first.',
    query: z.object({ q: z.string().trim().min(1).max(200) }),
    response: z.object({ items: z.array(Found) }),
  },
} as const satisfies Record<string, Route>
