import type { ProjectRole } from '@signalbox/core/contract/roles.ts'
import type { Queryable } from './connect.ts'

/** The projects of a user with the role in each. */
export async function projectRolesOf(db: Queryable, userId: string): Promise<Map<string, ProjectRole>> {
  const rows = await db
    .selectFrom('members')
    .select(['project_id', 'role'])
    .where('user_id', '=', userId)
    .execute()
  return new Map(rows.map((row) => [row.project_id, row.role]))
}

export interface MemberRow {
  user_id: string
  name: string
  email: string | null
  role: ProjectRole
  disabled_at: Date | null
  created_at: Date
}

/** The members of a project with their names, longest there first. */
export function listMembers(db: Queryable, projectId: string): Promise<MemberRow[]> {
  return db
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select(['members.user_id', 'users.name', 'users.email', 'members.role', 'users.disabled_at'])
    .select('members.created_at')
    .where('members.project_id', '=', projectId)
    .orderBy('members.created_at')
    .orderBy('members.user_id')
    .execute()
}

/** Adds a member or gives them another role. */
export async function setMember(
  db: Queryable,
  input: { projectId: string; userId: string; role: ProjectRole },
): Promise<void> {
  await db
    .insertInto('members')
    .values({ project_id: input.projectId, user_id: input.userId, role: input.role })
    .onConflict((conflict) => conflict.columns(['user_id', 'project_id']).doUpdateSet({ role: input.role }))
    .execute()
}

/** Takes a member out, with what they were told of the project; false when they were none. */
export async function removeMember(
  db: Queryable,
  input: { projectId: string; userId: string },
): Promise<boolean> {
  await db
    .deleteFrom('notifications')
    .where('project_id', '=', input.projectId)
    .where('user_id', '=', input.userId)
    .execute()
  const result = await db
    .deleteFrom('members')
    .where('project_id', '=', input.projectId)
    .where('user_id', '=', input.userId)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}
