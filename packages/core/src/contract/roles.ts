import type { Permission } from './routes/route.ts'

/** What a person is on the whole machine, the least first. Owners and admins have every project. */
export const instanceRoles = ['user', 'admin', 'owner'] as const
export type InstanceRole = (typeof instanceRoles)[number]

/** What a person is in one project, the least first. */
export const projectRoles = ['viewer', 'member', 'maintainer', 'owner'] as const
export type ProjectRole = (typeof projectRoles)[number]

/** Who has a permission: anyone at all, whoever is signed in, or the least role on the machine or in the project. */
export type Need =
  | { on: 'nothing' }
  | { on: 'sign-in' }
  | { on: 'instance'; role: InstanceRole }
  | { on: 'project'; role: ProjectRole }

/** The least role for each permission. */
export const needs: Readonly<Record<Permission, Need>> = {
  public: { on: 'nothing' },
  'session.read': { on: 'sign-in' },
  'token.write': { on: 'sign-in' },
  'inbox.read': { on: 'sign-in' },
  'system.read': { on: 'sign-in' },
  'system.write': { on: 'instance', role: 'admin' },
  'user.read': { on: 'instance', role: 'admin' },
  'user.write': { on: 'instance', role: 'admin' },
  'audit.read': { on: 'instance', role: 'admin' },
  'project.create': { on: 'instance', role: 'admin' },
  'project.read': { on: 'project', role: 'viewer' },
  'project.write': { on: 'project', role: 'maintainer' },
  'project.delete': { on: 'project', role: 'owner' },
  'member.write': { on: 'project', role: 'owner' },
  'secret.read': { on: 'project', role: 'maintainer' },
  'secret.write': { on: 'project', role: 'maintainer' },
  'change.read': { on: 'project', role: 'viewer' },
  'change.write': { on: 'project', role: 'member' },
  'change.approve': { on: 'project', role: 'maintainer' },
  'run.read': { on: 'project', role: 'viewer' },
  'run.write': { on: 'project', role: 'member' },
  'run.shell': { on: 'project', role: 'maintainer' },
  'deployment.read': { on: 'project', role: 'viewer' },
  'deployment.write': { on: 'project', role: 'maintainer' },
}

/** Whether a role in a project is at least another one. */
export function isAtLeast(role: ProjectRole, least: ProjectRole): boolean {
  return projectRoles.indexOf(role) >= projectRoles.indexOf(least)
}

/** Whether a role on the machine is at least another one. */
export function isInstanceAtLeast(role: InstanceRole, least: InstanceRole): boolean {
  return instanceRoles.indexOf(role) >= instanceRoles.indexOf(least)
}
