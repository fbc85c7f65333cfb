import { z } from 'zod'
import { CacheView, OidcConfiguration, OidcKey } from '../views/services.ts'
import { none, project, type Route } from './route.ts'

export const servicesRoutes = {
  listCaches: {
    method: 'GET',
    path: '/api/projects/:project/caches',
    permission: 'project.read',
    tag: 'caches',
    summary: 'Caches that actions saved, the last used first; at most 500.',
    params: project,
    response: z.object({
      items: z.array(CacheView),
      /** Of all of them, listed or not. */
      count: z.int(),
      totalBytes: z.number(),
      /** The least recently used ones go beyond it. */
      maxBytes: z.number(),
    }),
  },
  deleteCache: {
    method: 'DELETE',
    path: '/api/projects/:project/caches/:cache',
    permission: 'project.write',
    tag: 'caches',
    summary: 'Delete a cache; the next run that asks for it misses it.',
    params: project.extend({ cache: z.uuid() }),
    response: none,
  },
  getOidcConfiguration: {
    method: 'GET',
    path: '/.well-known/openid-configuration',
    permission: 'public',
    tag: 'identity tokens',
    summary: 'Who issues identity tokens of jobs, and where its keys are.',
    response: OidcConfiguration,
  },
  getOidcKeys: {
    method: 'GET',
    path: '/.well-known/jwks',
    permission: 'public',
    tag: 'identity tokens',
    summary: 'The public keys that identity tokens of jobs are checked with.',
    response: z.object({ keys: z.array(OidcKey) }),
  },
} as const satisfies Record<string, Route>
