import { isAtLeast, isInstanceAtLeast, type Need, needs } from '@signalbox/core/contract/roles.ts'
import type { Permission } from '@signalbox/core/contract/routes/route.ts'
import type { SessionView } from '@signalbox/core/contract/views/session.ts'
import { useQuery } from '@tanstack/react-query'
import { queries } from './queries.ts'

/** Whether the person may do something, and else the sentence that says who may. */
export interface May {
  may: boolean
  reason: string | null
}

/** What the server would say of a permission; it decides anew on every call. `projectId` for those of a project. */
export function mayDo(
  session: Pick<SessionView, 'user' | 'projects'> | undefined,
  permission: Permission,
  projectId?: string,
): May {
  const need = needs[permission]
  return isMet(session, need, projectId)
    ? { may: true, reason: null }
    : { may: false, reason: reasonOf(need) }
}

/** `mayDo` for whoever is signed in here; yes until it is known, since the server refuses anyway. */
export function useMay(permission: Permission, projectId?: string): May {
  const session = useQuery(queries.session()).data
  return session ? mayDo(session, permission, projectId) : { may: true, reason: null }
}

function isMet(
  session: Pick<SessionView, 'user' | 'projects'> | undefined,
  need: Need,
  projectId: string | undefined,
): boolean {
  if (need.on === 'nothing') return true
  if (!session) return false
  if (need.on === 'sign-in') return true
  if (need.on === 'instance') return isInstanceAtLeast(session.user.role, need.role)
  if (session.projects === null) return true
  const role = projectId === undefined ? undefined : session.projects[projectId]
  return role !== undefined && isAtLeast(role, need.role)
}

function reasonOf(need: Need): string {
  if (need.on === 'instance') return `Only an ${need.role} of this Signalbox may do this.`
  return need.on === 'project' ? `A ${need.role} of the project or more may do this.` : 'Sign in first.'
}
