import { Failure } from '@signalbox/core/base/failure.ts'
import { baseUrlOf } from '../../api/connection.ts'
import { createApi } from '../../api/create-api.ts'
import { forgetLogin, readLogin, writeLogin } from '../../api/stored-login.ts'
import { addCommand, type Family } from '../add-command.ts'
import { plainLine } from '../style.ts'

/** `login`, `logout`, `whoami`. */
export function addLoginCommands({ program, cli, outcome }: Family): void {
  addCommand(program, outcome, {
    usage: 'login [url]',
    summary: 'Remember an API token for a Signalbox, here or on another machine.',
    details:
      'Make the token in the dashboard, under Your account. It is asked for without being shown, or comes from ' +
      'standard input; never from an argument. It is kept in signalbox/login.json of your configuration folder, ' +
      'readable by you only.',
    examples: ['signalbox login https://signalbox.example', 'signalbox login < token.txt'],
    async run({ args: [given], json }) {
      const baseUrl = baseUrlOf(given ? { SIGNALBOX_URL: given } : cli.env)
      const token = (await cli.secret(`API token for ${baseUrl} (not shown): `)).trim()
      if (!/^[A-Za-z0-9_.-]{1,4000}$/.test(token)) throw new Failure('usage', 'That is not an API token.')
      // What does not work is not remembered.
      const { user } = await createApi({ baseUrl, token, signal: cli.signal }).call('getSession')
      const file = await writeLogin(cli.env, { url: baseUrl, token })
      if (json) cli.json({ url: baseUrl, user })
      else cli.out(`You are ${plainLine(user.name)} at ${baseUrl}. The token stands in ${file}\n`)
    },
  })
  addCommand(program, outcome, {
    usage: 'logout',
    summary: 'Forget the token of "signalbox login".',
    details: 'The token itself stays good; revoke it with "signalbox token revoke".',
    examples: ['signalbox logout'],
    async run({ json }) {
      const forgotten = await forgetLogin(cli.env)
      if (json) cli.json({ forgotten })
      else cli.out(forgotten ? 'Forgotten.\n' : 'Nothing was remembered.\n')
    },
  })
  addCommand(program, outcome, {
    usage: 'whoami',
    summary: 'Show who you are here, and what you may.',
    examples: ['signalbox whoami', 'signalbox whoami --json'],
    async run({ json }) {
      const api = cli.api()
      const session = await api.call('getSession')
      const { user, projects } = session
      if (json) return cli.json({ url: api.baseUrl, user, projects })
      const count = projects === null ? 'every project' : `${Object.keys(projects).length} projects`
      const remembered = readLogin(cli.env)?.url === api.baseUrl ? ', by "signalbox login"' : ''
      cli.out(`${plainLine(user.name)}, ${user.role}, of ${count}, at ${api.baseUrl}${remembered}\n`)
    },
  })
}
