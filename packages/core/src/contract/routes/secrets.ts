import { z } from 'zod'
import { SecretEnvironment, SecretName, SecretValue, SecretView, VariableView } from '../views/secrets.ts'
import { none, project, type Route } from './route.ts'

const named = project.extend({ name: SecretName })
const place = z.object({ environment: SecretEnvironment })
const entries = place.extend({
  items: z
    .array(z.object({ name: SecretName, value: SecretValue }))
    .min(1)
    .max(100),
})

export const secretsRoutes = {
  listSecrets: {
    method: 'GET',
    path: '/api/projects/:project/secrets',
    permission: 'secret.read',
    tag: 'secrets',
    summary: 'The names of the secrets of a project, who set them and when they were used; never a value.',
    params: project,
    response: z.object({ items: z.array(SecretView), environments: z.array(z.string()) }),
  },
  setSecrets: {
    method: 'POST',
    path: '/api/projects/:project/secrets',
    permission: 'secret.write',
    tag: 'secrets',
    summary: 'Set or replace secrets of one environment, or of all when it is empty.',
    params: project,
    body: entries,
    response: z.object({ items: z.array(SecretView) }),
  },
  deleteSecret: {
    method: 'DELETE',
    path: '/api/projects/:project/secrets/:name',
    permission: 'secret.write',
    tag: 'secrets',
    summary: 'Delete a secret.',
    params: named,
    query: place,
    response: none,
  },
  listVariables: {
    method: 'GET',
    path: '/api/projects/:project/variables',
    permission: 'secret.read',
    tag: 'secrets',
    summary: 'The plain variables of a project with their values.',
    params: project,
    response: z.object({ items: z.array(VariableView) }),
  },
  setVariables: {
    method: 'POST',
    path: '/api/projects/:project/variables',
    permission: 'secret.write',
    tag: 'secrets',
    summary: 'Set or replace plain variables of one environment, or of all when it is empty.',
    params: project,
    body: entries,
    response: z.object({ items: z.array(VariableView) }),
  },
  deleteVariable: {
    method: 'DELETE',
    path: '/api/projects/:project/variables/:name',
    permission: 'secret.write',
    tag: 'secrets',
    summary: 'Delete a plain variable.',
    params: named,
    query: place,
    response: none,
  },
  rotateMasterKey: {
    method: 'POST',
    path: '/api/system/rotate-master-key',
    permission: 'system.write',
    tag: 'secrets',
    summary: 'Put a new master key in use and wrap every data key anew; may be repeated.',
    response: z.object({ keyId: z.string(), rewrapped: z.int(), resumed: z.boolean(), keptIn: z.string() }),
  },
} as const satisfies Record<string, Route>
