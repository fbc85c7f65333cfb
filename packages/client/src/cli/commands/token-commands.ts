import { Failure } from '@signalbox/core/base/failure.ts'
import { CreateToken } from '@signalbox/core/contract/routes/account.ts'
import { z } from 'zod'
import { addCommand, addGroup, type Family } from '../add-command.ts'
import { ago, table } from '../format.ts'
import { plainLine } from '../style.ts'

const New = z.object({
  for: z.string().default('write'),
  scope: z.array(z.string()).default([]),
  project: z.array(z.string()).default([]),
  days: z.string().default('90'),
})

/** `token create | list | revoke`: your API tokens. */
export function addTokenCommands({ program, cli, outcome }: Family): void {
  const group = addGroup(program, 'token', 'Make, list and revoke your API tokens.')
  addCommand(group, outcome, {
    usage: 'create <name>',
    summary: 'Make an API token and print it; it is shown this once.',
    flags: [
      ['--for <purpose>', 'read, write or admin (everything that you may); write by default'],
      ['--scope <permission...>', 'single permissions instead, such as run.read'],
      ['--project <project...>', 'only for these projects'],
      ['--days <days>', 'after how many days it ends, or never; 90 by default'],
    ],
    options: New,
    examples: [
      'signalbox token create nightly --scope run.read --scope run.write --project shop --days 30',
      'signalbox token create reader --for read > token.txt',
    ],
    async run({ args: [name = ''], options, json }) {
      const body = CreateToken.safeParse({
        name,
        scopes: options.scope.length > 0 ? options.scope : options.for,
        ...(options.project.length > 0 ? { projects: options.project } : {}),
        expiresInDays: options.days === 'never' ? 'never' : Number(options.days),
      })
      if (!body.success) throw new Failure('usage', z.prettifyError(body.error))
      const made = await cli.api().call('createToken', { body: body.data })
      if (json) cli.json(made)
      else cli.out(`${made.token}\n`)
    },
  })
  addCommand(group, outcome, {
    usage: 'list',
    summary: 'List your API tokens.',
    examples: ['signalbox token list'],
    async run({ json }) {
      const answer = await cli.api().call('listTokens')
      if (json) return cli.json(answer)
      if (answer.items.length === 0) return cli.out('You have no API tokens.\n')
      const rows = answer.items.map((token) => [
        token.id,
        plainLine(token.name),
        token.scopes === null ? 'everything' : `${token.scopes.length} permissions`,
        token.projects === null ? 'every project' : token.projects.map(({ slug }) => slug).join(','),
        token.expiresAt?.slice(0, 10) ?? 'never',
        token.lastUsedAt === null ? 'never' : ago(token.lastUsedAt, cli.now()),
      ])
      cli.out(table([['TOKEN', 'NAME', 'FOR', 'IN', 'ENDS', 'USED'], ...rows]))
    },
  })
  addCommand(group, outcome, {
    usage: 'revoke <token>',
    summary: 'Revoke one of your API tokens, by its id.',
    examples: ['signalbox token revoke 0199c0de-0000-7000-8000-000000000003'],
    async run({ args: [token = ''], json }) {
      if (!z.uuid().safeParse(token).success) throw new Failure('usage', 'Name the token by its id.')
      const answer = await cli.api().call('revokeToken', { params: { token } })
      if (json) cli.json(answer)
      else cli.out('Revoked.\n')
    },
  })
}
