import { z } from 'zod'
import { Email, InstanceRole, MemberView, ProjectRole, SignInLink, UserView } from '../views/people.ts'
import { none, project, type Route } from './route.ts'

const userId = z.object({ user: z.uuid() })
const memberId = project.extend({ member: z.uuid() })

export const peopleRoutes = {
  listUsers: {
    method: 'GET',
    path: '/api/users',
    permission: 'user.read',
    tag: 'people',
    summary: 'Everybody who can sign in.',
    response: z.object({ items: z.array(UserView) }),
  },
  inviteUser: {
    method: 'POST',
    path: '/api/users',
    permission: 'user.write',
    tag: 'people',
    summary: 'Add a person; hand them the link, which signs them in once within 7 days.',
    body: z.object({
      name: z.string().trim().min(1).max(80),
      email: Email.optional(),
      role: InstanceRole.default('user'),
      projects: z
        .array(z.object({ project: z.string().min(1).max(100), role: ProjectRole }))
        .max(100)
        .default([]),
    }),
    response: z.object({ user: UserView, link: SignInLink }),
  },
  updateUser: {
    method: 'PATCH',
    path: '/api/users/:user',
    permission: 'user.write',
    tag: 'people',
    summary: 'Change the role of a person on the machine, or disable or enable them.',
    params: userId,
    body: z.object({ role: InstanceRole.optional(), disabled: z.boolean().optional() }),
    response: UserView,
  },
  deleteUser: {
    method: 'DELETE',
    path: '/api/users/:user',
    permission: 'user.write',
    tag: 'people',
    summary: 'Delete a person with their sessions and tokens; what they did stays.',
    params: userId,
    response: none,
  },
  resetUser: {
    method: 'POST',
    path: '/api/users/:user/reset',
    permission: 'user.write',
    tag: 'people',
    summary: 'Make a link, good for a day, that replaces every way in which a person signs in.',
    params: userId,
    response: SignInLink,
  },
  listMembers: {
    method: 'GET',
    path: '/api/projects/:project/members',
    permission: 'project.read',
    tag: 'people',
    summary: 'Who is a member of the project. Owners and admins of the machine have every project.',
    params: project,
    response: z.object({ items: z.array(MemberView) }),
  },
  listCandidates: {
    method: 'GET',
    path: '/api/projects/:project/candidates',
    permission: 'member.write',
    tag: 'people',
    summary: 'Who could be added to the project.',
    params: project,
    response: z.object({
      items: z.array(z.object({ id: z.uuid(), name: z.string(), email: z.string().nullable() })),
    }),
  },
  setMember: {
    method: 'POST',
    path: '/api/projects/:project/members',
    permission: 'member.write',
    tag: 'people',
    summary: 'Add a member, or give one another role.',
    params: project,
    body: z.object({ userId: z.uuid(), role: ProjectRole }),
    response: z.object({ items: z.array(MemberView) }),
  },
  removeMember: {
    method: 'DELETE',
    path: '/api/projects/:project/members/:member',
    permission: 'member.write',
    tag: 'people',
    summary: 'Take a member out; what they have open ends at once.',
    params: memberId,
    response: z.object({ items: z.array(MemberView) }),
  },
} as const satisfies Record<string, Route>
