import { Failure } from '@signalbox/core/base/failure.ts'
import type { MemberView } from '@signalbox/core/contract/views/people.ts'
import { listMembers, removeMember, setMember } from '../db/members.ts'
import { findUser, listUsers } from '../db/users.ts'
import { tellAccessChanged } from './access-events.ts'
import type { Handlers } from './handlers.ts'
import { mustFindProject } from './project-handlers.ts'
import type { ServerDeps } from './server-deps.ts'

type MemberHandlers = Pick<Handlers, 'listMembers' | 'listCandidates' | 'setMember' | 'removeMember'>

/** Who is in a project, and as what. */
export function memberHandlers(deps: ServerDeps): MemberHandlers {
  async function show(projectId: string): Promise<{ items: MemberView[] }> {
    const rows = await listMembers(deps.db, projectId)
    return {
      items: rows.map((row) => ({
        userId: row.user_id,
        name: row.name,
        email: row.email,
        role: row.role,
        disabled: row.disabled_at !== null,
      })),
    }
  }
  return {
    async listMembers({ params }) {
      return await show((await mustFindProject(deps, params.project)).id)
    },
    async listCandidates({ params }) {
      const project = await mustFindProject(deps, params.project)
      const [users, members] = await Promise.all([listUsers(deps.db), listMembers(deps.db, project.id)])
      const known = new Set(members.map((member) => member.user_id))
      // Owners and admins of the machine have the project without being a member.
      const open = users.filter((user) => user.role === 'user' && !user.disabled_at && !known.has(user.id))
      return { items: open.map(({ id, name, email }) => ({ id, name, email })) }
    },
    async setMember({ params, body }) {
      const project = await mustFindProject(deps, params.project)
      const user = await findUser(deps.db, body.userId)
      if (!user) throw new Failure('not-found', 'There is no such person.')
      await deps.db.transaction().execute(async (tx) => {
        await setMember(tx, { projectId: project.id, userId: user.id, role: body.role })
        await tellAccessChanged(tx, { userId: user.id, projectId: project.id })
      })
      return await show(project.id)
    },
    async removeMember({ params }) {
      const project = await mustFindProject(deps, params.project)
      await deps.db.transaction().execute(async (tx) => {
        const gone = await removeMember(tx, { projectId: project.id, userId: params.member })
        if (!gone) throw new Failure('not-found', 'There is no such member.')
        await tellAccessChanged(tx, { userId: params.member, projectId: project.id })
      })
      return await show(project.id)
    },
  }
}
