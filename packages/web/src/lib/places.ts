import type { Permission } from '@signalbox/core/contract/routes/route.ts'
import { useQuery } from '@tanstack/react-query'
import { mayDo } from './may.ts'
import { queries } from './queries.ts'

/** The pages of the machine and the account, in the order of their tabs; the palette lists them too. */
export const systemPlaces = [
  { to: '/system', name: 'Health', permission: 'system.read', words: 'System: health, routes, version' },
  {
    to: '/system/workers',
    name: 'Workers',
    permission: 'system.read',
    words: 'System: workers and sandboxes',
  },
  {
    to: '/system/snapshots',
    name: 'Snapshots',
    permission: 'system.read',
    words: 'System: snapshots of every project',
  },
  {
    to: '/system/retention',
    name: 'Retention',
    permission: 'system.write',
    words: 'System: for how long things are kept',
  },
  {
    to: '/system/people',
    name: 'People',
    permission: 'user.read',
    words: 'System: people, users, who can sign in',
  },
  {
    to: '/system/audit',
    name: 'Audit log',
    permission: 'audit.read',
    words: 'System: audit log, who did what',
  },
] as const satisfies readonly Place[]

/** The pages of your own account. */
export const accountPlaces = [
  {
    to: '/account',
    name: 'You and sign-in',
    permission: 'session.read',
    words: 'Your account: name, password, two-factor, passkeys',
  },
  {
    to: '/account/tokens',
    name: 'API tokens',
    permission: 'session.read',
    words: 'Your account: API tokens',
  },
  {
    to: '/account/browser',
    name: 'Browsers',
    permission: 'session.read',
    words: 'Your account: this browser, colours, sessions, sign out',
  },
] as const satisfies readonly Place[]

interface Place {
  to: string
  name: string
  permission: Permission
  /** How the palette names it. */
  words: string
}

/** Those of the places that the person may see. */
export function usePlaces<T extends Place>(places: readonly T[]): T[] {
  const session = useQuery(queries.session()).data
  return places.filter((place) => mayDo(session, place.permission).may)
}
