import { Failure } from '@signalbox/core/base/failure.ts'
import { Email, InstanceRole, ProjectRole, type UserView } from '@signalbox/core/contract/views/people.ts'
import { z } from 'zod'
import type { Api } from '../../api/create-api.ts'
import { addCommand, addGroup, type Family } from '../add-command.ts'
import { confirm } from '../cli.ts'
import { findProject } from '../find.ts'
import { table } from '../format.ts'
import { plainLine } from '../style.ts'

const Sure = z.object({ yes: z.boolean().optional() })
const sureFlag = ['--yes', 'do not ask'] as const

/** `user …` and `member …`: who can sign in, and who is in a project. */
export function addPeopleCommands(family: Family): void {
  const group = addGroup(
    family.program,
    'user',
    'Invite, list, disable and delete the people of this machine.',
  )
  addUserReads(group, family)
  addUserVerbs(group, family)
  addMembers(family)
}

type Group = ReturnType<typeof addGroup>

function addUserReads(group: Group, { cli, outcome }: Family): void {
  addCommand(group, outcome, {
    usage: 'list',
    summary: 'List everybody who can sign in.',
    examples: ['signalbox user list'],
    async run({ json }) {
      const answer = await cli.api().call('listUsers')
      if (json) return cli.json(answer)
      const rows = answer.items.map((user) => [
        plainLine(user.name),
        plainLine(user.email ?? '-'),
        user.role,
        user.disabled ? 'disabled' : user.twoFactor ? 'two-factor' : '',
        user.projects.map(({ slug, role }) => `${slug}:${role}`).join(' '),
      ])
      cli.out(table([['NAME', 'E-MAIL', 'ROLE', '', 'PROJECTS'], ...rows]))
    },
  })
  addCommand(group, outcome, {
    usage: 'invite <name>',
    summary: 'Add a person and print the link that signs them in once.',
    details: 'Nothing is sent: hand the link over yourself. It is good for 7 days.',
    flags: [
      ['--email <address>', 'what they sign in with'],
      ['--role <role>', 'on the machine: user, admin or owner; user by default'],
      ['--project <project:role...>', 'a project and what they are in it'],
    ],
    options: z.object({
      email: Email.optional(),
      role: InstanceRole.default('user'),
      project: z.array(z.string()).default([]),
    }),
    examples: ['signalbox user invite Ada --email ada@example.org --project shop:viewer'],
    async run({ args: [name = ''], options, json }) {
      const { email, role } = options
      const projects = options.project.map(membershipOf)
      const made = await cli.api().call('inviteUser', { body: { name, email, role, projects } })
      if (json) cli.json(made)
      else cli.out(`${made.link.url}\n`)
    },
  })
}

const verbs = [
  { name: 'disable', summary: 'Sign a person out and let them in no more.', done: 'Disabled.' },
  { name: 'enable', summary: 'Let a disabled person in again.', done: 'Enabled.' },
  { name: 'delete', summary: 'Delete a person; what they did stays.', done: 'Deleted.' },
  { name: 'reset', summary: 'Print a link that replaces every way in which a person signs in.', done: '' },
] as const

function addUserVerbs(group: Group, { cli, outcome }: Family): void {
  for (const { name, summary, done } of verbs) {
    addCommand(group, outcome, {
      usage: `${name} <person>`,
      summary,
      details: 'By id, e-mail address, or name where one person has it.',
      flags: [sureFlag],
      options: Sure,
      examples: [`signalbox user ${name} ada@example.org`],
      async run({ args: [who = ''], options, json }) {
        const api = cli.api()
        const user = await findPerson(api, who)
        if (name !== 'enable') await confirm(cli, `${summary} ${plainLine(user.name)}?`, options.yes)
        const params = { user: user.id }
        if (name === 'reset') {
          const link = await api.call('resetUser', { params })
          return json ? cli.json(link) : cli.out(`${link.url}\n`)
        }
        const answer =
          name === 'delete'
            ? await api.call('deleteUser', { params })
            : await api.call('updateUser', { params, body: { disabled: name === 'disable' } })
        if (json) cli.json(answer)
        else cli.out(`${done}\n`)
      },
    })
  }
}

function addMembers({ program, cli, outcome }: Family): void {
  const group = addGroup(program, 'member', 'List, add and take out the members of a project.')
  const flags = [['-p, --project <project>', 'its name; needed when there is more than one']] as const
  const Named = z.object({ project: z.string().optional() })
  const show = (items: { name: string; email: string | null; role: string }[]) =>
    cli.out(
      table([
        ['NAME', 'E-MAIL', 'ROLE'],
        ...items.map((item) => [plainLine(item.name), plainLine(item.email ?? '-'), item.role]),
      ]),
    )
  addCommand(group, outcome, {
    usage: 'list',
    summary: 'List the members of a project.',
    flags,
    options: Named,
    examples: ['signalbox member list --project shop'],
    async run({ options, json }) {
      const { slug } = await findProject(cli.api(), options.project)
      const answer = await cli.api().call('listMembers', { params: { project: slug } })
      if (json) cli.json(answer)
      else show(answer.items)
    },
  })
  addCommand(group, outcome, {
    usage: 'add <person>',
    summary: 'Add a member, or give one another role.',
    flags: [...flags, ['--role <role>', 'viewer, member, maintainer or owner; member by default']],
    options: Named.extend({ role: ProjectRole.default('member') }),
    examples: ['signalbox member add ada@example.org --project shop --role maintainer'],
    async run({ args: [who = ''], options, json }) {
      const api = cli.api()
      const { slug } = await findProject(api, options.project)
      const params = { project: slug }
      const [members, candidates] = await Promise.all([
        api.call('listMembers', { params }),
        api.call('listCandidates', { params }),
      ])
      const known = members.items.map(({ userId, name, email }) => ({ id: userId, name, email }))
      const { id: userId } = oneOf([...known, ...candidates.items], who)
      const answer = await api.call('setMember', { params, body: { userId, role: options.role } })
      if (json) cli.json(answer)
      else show(answer.items)
    },
  })
  addCommand(group, outcome, {
    usage: 'remove <person>',
    summary: 'Take a member out of a project.',
    flags: [...flags, sureFlag],
    options: Named.extend(Sure.shape),
    examples: ['signalbox member remove ada@example.org --project shop'],
    async run({ args: [who = ''], options, json }) {
      const api = cli.api()
      const { slug } = await findProject(api, options.project)
      const { items } = await api.call('listMembers', { params: { project: slug } })
      const found = oneOf(
        items.map(({ userId, name, email }) => ({ id: userId, name, email })),
        who,
      )
      await confirm(cli, `Take ${plainLine(found.name)} out of ${slug}?`, options.yes)
      const answer = await api.call('removeMember', { params: { project: slug, member: found.id } })
      if (json) cli.json(answer)
      else show(answer.items)
    },
  })
}

function membershipOf(text: string) {
  const [project = '', given = 'member'] = text.split(':')
  const role = ProjectRole.safeParse(given)
  if (project && role.success) return { project, role: role.data }
  throw new Failure('usage', `Not a project and a role: ${text}`, {
    hint: 'For example --project shop:viewer',
  })
}

async function findPerson(api: Api, who: string): Promise<UserView> {
  const { items } = await api.call('listUsers')
  return oneOf(items, who)
}

/** By id, else by e-mail address, else by a name that only one has. */
function oneOf<T extends { id: string; name: string; email: string | null }>(items: T[], who: string): T {
  const exact = items.find(({ id, email }) => id === who || email === who.toLowerCase())
  const named = items.filter(({ name }) => name === who)
  const found = exact ?? (named.length === 1 ? named[0] : undefined)
  if (found) return found
  const reason = named.length > 1 ? `${named.length} people are called ${who}.` : `There is no ${who} here.`
  throw new Failure('not-found', reason, { hint: 'Name the person by e-mail address or id.' })
}
