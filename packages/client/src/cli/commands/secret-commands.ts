import { Failure } from '@signalbox/core/base/failure.ts'
import { SecretName } from '@signalbox/core/contract/views/secrets.ts'
import { z } from 'zod'
import { addCommand, addGroup, type Family } from '../add-command.ts'
import { type Cli, confirm } from '../cli.ts'
import { findProject } from '../find.ts'
import { ago, table } from '../format.ts'
import { plainLine } from '../style.ts'

const place = {
  project: z.string().optional(),
  environment: z.string().default(''),
}
const placeFlags = [
  ['-p, --project <project>', 'its name; needed when there is more than one'],
  ['-e, --environment <name>', 'for this environment only; else for all of them'],
] as const

/** `secret set | list | delete`, `variable set | list | delete`, `secrets rotate-key`. */
export function addSecretCommands(family: Family): void {
  addSecret(family)
  addVariable(family)
  const { program, cli, outcome } = family
  const keys = addGroup(program, 'secrets', 'Care for the key under which all secrets stand.')
  addCommand(keys, outcome, {
    usage: 'rotate-key',
    summary: 'Put a new master key in use and wrap every data key anew.',
    details: 'It may be broken off and called again. Keep a copy of the new key, apart from the backups.',
    flags: [['--yes', 'do not ask']],
    options: z.object({ yes: z.boolean().optional() }),
    examples: ['signalbox secrets rotate-key'],
    async run({ options, json }) {
      await confirm(cli, 'Put a new master key in use?', options.yes)
      const done = await cli.api().call('rotateMasterKey')
      if (json) return cli.json(done)
      const what = done.resumed ? 'The newest key is in use' : 'A new key is in use'
      cli.out(
        `${what} (${done.keyId}), ${done.rewrapped} secrets wrapped anew; it stands in ${done.keptIn}\n`,
      )
    },
  })
}

function addSecret({ program, cli, outcome }: Family): void {
  const group = addGroup(program, 'secret', 'Set, list and delete the secrets of a project.')
  addCommand(group, outcome, {
    usage: 'set <name>',
    summary: 'Set a secret, or replace its value.',
    details:
      'The value comes from standard input, or is asked for without being shown; never from an argument.',
    flags: placeFlags,
    options: z.object(place),
    examples: [
      'signalbox secret set API_KEY',
      'signalbox secret set TLS_KEY --environment production < key.pem',
    ],
    async run({ args: [given = ''], options, json }) {
      const name = nameOf(given)
      const { slug } = await findProject(cli.api(), options.project)
      const value = await cli.secret(`Value of ${name} (not shown): `)
      if (value === '') throw new Failure('usage', 'The value is empty.')
      const { environment } = options
      const body = { environment, items: [{ name, value }] }
      const answer = await cli.api().call('setSecrets', { params: { project: slug }, body })
      if (json) return cli.json(answer)
      cli.out(`Set ${name} for ${environmentWords(environment)} of ${slug}\n`)
    },
  })
  addCommand(group, outcome, {
    usage: 'list',
    summary: 'List names, who set them and when they were used. Values are never shown.',
    flags: [placeFlags[0]],
    options: z.object({ project: place.project }),
    examples: ['signalbox secret list', 'signalbox secret list --json'],
    async run({ options, json }) {
      const { slug } = await findProject(cli.api(), options.project)
      const answer = await cli.api().call('listSecrets', { params: { project: slug } })
      if (json) return cli.json(answer)
      if (answer.items.length === 0) return cli.out('No secret yet. Set one: signalbox secret set NAME\n')
      const rows = answer.items.map((one) => [
        one.name,
        one.environment || 'all',
        ago(one.updatedAt, cli.now()),
        plainLine(one.updatedBy ?? '-'),
        one.lastUsedAt ? ago(one.lastUsedAt, cli.now()) : 'never',
      ])
      cli.out(table([['SECRET', 'ENVIRONMENT', 'SET', 'BY', 'LAST USED'], ...rows]))
    },
  })
  addDelete({ group, cli, outcome, route: 'deleteSecret' })
}

function addVariable({ program, cli, outcome }: Family): void {
  const group = addGroup(
    program,
    'variable',
    'Set, list and delete plain variables: values that anybody may see.',
  )
  addCommand(group, outcome, {
    usage: 'set <name> <value>',
    summary: 'Set a variable, or replace its value.',
    flags: placeFlags,
    options: z.object(place),
    examples: ['signalbox variable set REGION eu-west', 'signalbox variable set LEVEL debug -e staging'],
    async run({ args: [given = '', value = ''], options, json }) {
      const name = nameOf(given)
      const { slug } = await findProject(cli.api(), options.project)
      const body = { environment: options.environment, items: [{ name, value }] }
      const answer = await cli.api().call('setVariables', { params: { project: slug }, body })
      if (json) return cli.json(answer)
      cli.out(`Set ${name} for ${environmentWords(options.environment)} of ${slug}\n`)
    },
  })
  addCommand(group, outcome, {
    usage: 'list',
    summary: 'List variables and their values.',
    flags: [placeFlags[0]],
    options: z.object({ project: place.project }),
    examples: ['signalbox variable list'],
    async run({ options, json }) {
      const { slug } = await findProject(cli.api(), options.project)
      const answer = await cli.api().call('listVariables', { params: { project: slug } })
      if (json) return cli.json(answer)
      if (answer.items.length === 0) return cli.out('No variable yet: signalbox variable set NAME VALUE\n')
      const rows = answer.items.map((one) => [one.name, one.environment || 'all', plainLine(one.value)])
      cli.out(table([['VARIABLE', 'ENVIRONMENT', 'VALUE'], ...rows]))
    },
  })
  addDelete({ group, cli, outcome, route: 'deleteVariable' })
}

function addDelete(input: {
  group: ReturnType<typeof addGroup>
  cli: Cli
  outcome: Family['outcome']
  route: 'deleteSecret' | 'deleteVariable'
}): void {
  const { group, cli, outcome, route } = input
  addCommand(group, outcome, {
    usage: 'delete <name>',
    summary: 'Delete it; runs that need it fail from then on.',
    flags: [...placeFlags, ['--yes', 'do not ask']],
    options: z.object({ ...place, yes: z.boolean().optional() }),
    examples: [`signalbox ${group.name()} delete NAME`],
    async run({ args: [given = ''], options, json }) {
      const name = nameOf(given)
      const { environment } = options
      const { slug } = await findProject(cli.api(), options.project)
      await confirm(cli, `Delete ${name} of ${environmentWords(environment)} of ${slug}?`, options.yes)
      const answer = await cli.api().call(route, { params: { project: slug, name }, query: { environment } })
      if (json) return cli.json(answer)
      cli.out(`Deleted ${name}\n`)
    },
  })
}

function nameOf(given: string): string {
  const parsed = SecretName.safeParse(given)
  if (parsed.success) return parsed.data
  // What was given may be a value by mistake: it is not said again.
  throw new Failure('usage', `That is not a name: ${parsed.error.issues[0]?.message ?? ''}.`)
}

function environmentWords(environment: string): string {
  return environment === '' ? 'all environments' : `the environment ${environment}`
}
