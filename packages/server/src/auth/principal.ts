import {
  type InstanceRole,
  isAtLeast,
  isInstanceAtLeast,
  needs,
  type ProjectRole,
} from '@signalbox/core/contract/roles.ts'
import type { Permission } from '@signalbox/core/contract/routes/route.ts'

/** Who asks, what they are where, and how they showed it. */
export type Principal = {
  userId: string
  name: string
  role: InstanceRole
  /** The role in each project that they see; `all`: owners and admins, who are owner of every project. */
  projects: 'all' | ReadonlyMap<string, ProjectRole>
  /** What an API token is for; `all`: everything that its person may. */
  scopes: 'all' | ReadonlySet<Permission>
} & (
  | { via: 'session'; sessionId: string; csrfToken: string }
  | {
      via: 'token'
      tokenId: string
      /** To some projects. */
      limited: boolean
      /** It has an end. */
      ends: boolean
      /** It came as a JWT, which is exchanged for nothing further. */
      jwt?: true
    }
)

/**
 * Whether this person (with this token) has a permission: on the machine, or in the project. A permission of
 * projects asked without a project is had only by those who have every project.
 */
export function may(principal: Principal, permission: Permission, projectId?: string): boolean {
  if (!inScope(principal, permission)) return false
  const need = needs[permission]
  if (need.on === 'nothing' || need.on === 'sign-in') return true
  if (need.on === 'instance') return isInstanceAtLeast(principal.role, need.role)
  if (principal.projects === 'all') return true
  const role = projectId === undefined ? undefined : principal.projects.get(projectId)
  return role !== undefined && isAtLeast(role, need.role)
}

/** Whether the token (a session always) is for this at all, in whatever project. */
export function inScope(principal: Principal, permission: Permission): boolean {
  return principal.scopes === 'all' || principal.scopes.has(permission)
}

/** The ids of the projects that they see in lists and on the live channel. */
export function visibleProjects(principal: Principal): 'all' | ReadonlySet<string> {
  return principal.projects === 'all' ? 'all' : new Set(principal.projects.keys())
}

/** Whether they may know that the project is there. */
export function sees(principal: Principal, projectId: string): boolean {
  return principal.projects === 'all' || principal.projects.has(projectId)
}

/** Whether nothing holds this caller below their person: only then may they make ways to sign in. */
export function isWhole(principal: Principal): boolean {
  return principal.via === 'session' || (principal.scopes === 'all' && !principal.limited && !principal.ends)
}
