import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import type { InstanceRole } from '@signalbox/core/contract/roles.ts'
import type { SignInLink, UserView } from '@signalbox/core/contract/views/people.ts'
import { isWhole, type Principal } from '../auth/principal.ts'
import { issueLoginToken } from '../auth/sign-in.ts'
import type { Queryable } from '../db/connect.ts'
import { forgetTrustedDevices } from '../db/credentials.ts'
import { setMember } from '../db/members.ts'
import { deleteSessions } from '../db/sessions.ts'
import { type LoginTokenKind, revokeWaysOf } from '../db/tokens.ts'
import {
  deleteUser,
  findUser,
  findUserByEmail,
  insertUser,
  listUsers,
  lockActiveOwners,
  membershipsByUser,
  type UserRow,
  updateUser,
} from '../db/users.ts'
import { tellAccessChanged } from './access-events.ts'
import { principalIn } from './authorize.ts'
import type { Handlers } from './handlers.ts'
import { mustFindProject } from './project-handlers.ts'
import type { ServerDeps } from './server-deps.ts'

type UserHandlers = Pick<Handlers, 'listUsers' | 'inviteUser' | 'updateUser' | 'deleteUser' | 'resetUser'>
type Memberships = Awaited<ReturnType<typeof membershipsByUser>>

/** The people of this machine. Admins keep users; only owners touch owners and admins. */
export function userHandlers(deps: ServerDeps): UserHandlers {
  async function viewOf(user: UserRow): Promise<UserView> {
    return userView(user, await membershipsByUser(deps.db))
  }
  return {
    async listUsers() {
      const [users, memberships] = await Promise.all([listUsers(deps.db), membershipsByUser(deps.db)])
      return { items: users.map((user) => userView(user, memberships)) }
    },
    async inviteUser({ body }, { request }) {
      const principal = principalIn(request)
      mustRank(principal, body.role)
      mustBeWhole(principal)
      if (body.email !== undefined && (await findUserByEmail(deps.db, body.email))) {
        throw new Failure('name-taken', 'Somebody has this e-mail address here already.')
      }
      const projects = await Promise.all(
        body.projects.map(async ({ project, role }) => ({
          projectId: (await mustFindProject(deps, project)).id,
          role,
        })),
      )
      const { name, email, role } = body
      const user = await deps.db.transaction().execute(async (tx) => {
        const made = await insertUser(tx, { id: newId(), name, email: email ?? null, role })
        for (const one of projects) await setMember(tx, { ...one, userId: made.id })
        return made
      })
      return { user: await viewOf(user), link: await linkFor(deps, user.id, 'invite') }
    },
    async updateUser({ params, body }, { request }) {
      const principal = principalIn(request)
      const before = await mustFindUser(deps, params.user)
      mustRank(principal, before.role)
      if (body.role !== undefined) {
        mustRank(principal, body.role)
        // A token for less than everything must not make somebody who may do everything.
        mustBeWhole(principal)
      }
      const now = deps.clock.now()
      const user = await deps.db.transaction().execute(async (tx) => {
        const staysOwner = (body.role ?? before.role) === 'owner' && body.disabled !== true
        if (!staysOwner) await keepAnOwner(tx, before.id)
        const disabled_at = body.disabled === undefined ? undefined : body.disabled ? now : null
        const row = await updateUser(tx, { id: before.id, now, set: { role: body.role, disabled_at } })
        if (body.disabled) {
          await deleteSessions(tx, { userId: before.id })
          await forgetTrustedDevices(tx, before.id)
        }
        await tellAccessChanged(tx, { userId: before.id })
        return row
      })
      return await viewOf(user ?? before)
    },
    async deleteUser({ params }, { request }) {
      const user = await mustFindUser(deps, params.user)
      mustRank(principalIn(request), user.role)
      await deps.db.transaction().execute(async (tx) => {
        await keepAnOwner(tx, user.id)
        await deleteUser(tx, user.id)
        await tellAccessChanged(tx, { userId: user.id })
      })
      return {}
    },
    async resetUser({ params }, { request }) {
      const principal = principalIn(request)
      mustBeWhole(principal)
      const user = await mustFindUser(deps, params.user)
      mustRank(principal, user.role)
      if (user.disabled_at !== null) {
        throw new Failure('refused', 'This person is disabled.', { hint: 'Enable them first.' })
      }
      const keepTokens = principal.userId === user.id
      await revokeWaysOf(deps.db, { userId: user.id, now: deps.clock.now(), keepTokens })
      return await linkFor(deps, user.id, 'reset')
    },
  }
}

async function linkFor(deps: ServerDeps, userId: string, kind: LoginTokenKind): Promise<SignInLink> {
  const { port, publicUrl } = deps.config
  const { url, expiresAt } = await issueLoginToken(deps, { port, publicUrl, userId, kind })
  return { url, expiresAt: expiresAt.toISOString() }
}

async function mustFindUser(deps: ServerDeps, id: string): Promise<UserRow> {
  const user = await findUser(deps.db, id)
  if (user) return user
  throw new Failure('not-found', 'There is no such person.')
}

/** A link opens a session, which is for everything: a limited token makes none. */
function mustBeWhole(principal: Principal): void {
  if (isWhole(principal)) return
  throw new Failure(
    'forbidden',
    'A token with scopes, projects or an end makes no links that sign people in.',
  )
}

function mustRank(principal: Principal, role: InstanceRole): void {
  if (role === 'user' || principal.role === 'owner') return
  throw new Failure('forbidden', 'Only an owner adds or changes owners and admins.')
}

/** Nobody could steer the machine without one. */
async function keepAnOwner(tx: Queryable, userId: string): Promise<void> {
  const owners = await lockActiveOwners(tx)
  if (!owners.includes(userId) || owners.length > 1) return
  throw new Failure('refused', 'This is the last owner.', { hint: 'Make somebody else an owner first.' })
}

function userView(user: UserRow, memberships: Memberships): UserView {
  const projects = memberships.get(user.id) ?? []
  return {
    id: user.id,
    name: user.name,
    email: user.email,
    role: user.role,
    disabled: user.disabled_at !== null,
    twoFactor: user.two_factor_enabled,
    createdAt: user.created_at.toISOString(),
    projects: projects.map(({ projectId, slug, role }) => ({ id: projectId, slug, role })),
  }
}
