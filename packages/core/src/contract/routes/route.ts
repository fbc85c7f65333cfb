import { z } from 'zod'

/** Who may call a route. `public` needs no sign-in; all others need one. */
export const permissions = [
  'public',
  'session.read',
  'system.read',
  'system.write',
  'token.write',
  'user.read',
  'user.write',
  'audit.read',
  'inbox.read',
  'project.create',
  'project.read',
  'project.write',
  'project.delete',
  'member.write',
  'secret.read',
  'secret.write',
  'change.read',
  'change.write',
  'change.approve',
  'run.read',
  'run.write',
  'run.shell',
  'deployment.read',
  'deployment.write',
] as const
export type Permission = (typeof permissions)[number]

/** One route: everything that server, client, CLI and the OpenAPI page need to know. */
export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** With `:name` parameters. */
  path: string
  permission: Permission
  /**
   * A list over several projects: its handler shows only those that the caller sees. Without this, a route that
   * names neither project nor anything of one is for those who have every project.
   */
  acrossProjects?: true
  summary: string
  tag: string
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  response: z.ZodType
}

export const changeId = z.object({ change: z.uuid() })
export const runId = z.object({ run: z.uuid() })
export const jobId = z.object({ job: z.uuid() })
export const deploymentId = z.object({ deployment: z.uuid() })
/** A project by slug or id. */
export const project = z.object({ project: z.string().min(1).max(100) })
export const none = z.object({})
/** How many rows a page holds. */
export const limit = z.coerce.number().int().min(1).max(200).default(50)
