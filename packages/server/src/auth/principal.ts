import type { Permission } from '@signalbox/core/contract/routes/route.ts'
import { permissions } from '@signalbox/core/contract/routes/route.ts'

/** Who asks, and how they showed it. */
export type Principal = {
  userId: string
  name: string
  role: 'owner'
} & ({ via: 'session'; sessionHash: Buffer; csrfToken: string } | { via: 'token'; tokenId: string })

const byRole: Record<Principal['role'], ReadonlySet<Permission>> = {
  owner: new Set(permissions),
}

/** Whether the role of this person has the permission that a route names. */
export function may(principal: Principal, permission: Permission): boolean {
  return byRole[principal.role].has(permission)
}
