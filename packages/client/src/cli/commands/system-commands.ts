import type { Health, SystemView } from '@signalbox/core/contract/views/system.ts'
import { z } from 'zod'
import { baseUrlOf } from '../../api/connection.ts'
import { createApi } from '../../api/create-api.ts'
import { addCommand, type Family } from '../add-command.ts'
import type { Cli } from '../cli.ts'
import { exitCodes } from '../exit-code.ts'
import { ago, table } from '../format.ts'
import { plainLine } from '../style.ts'

/** `status` and `open`. */
export function addSystemCommands({ program, cli, outcome }: Family): void {
  addCommand(program, outcome, {
    usage: 'status',
    summary: 'Show whether everything is well, and what runs.',
    details: 'Ends with 1 when a part is down.',
    examples: ['signalbox status', 'signalbox status --json'],
    async run({ json }) {
      // Health is public: it answers where the token does not.
      const health = await createApi({
        baseUrl: baseUrlOf(cli.env),
        token: undefined,
        signal: cli.signal,
      }).call('health')
      if (!json) cli.out(healthText(cli, health))
      const system = await cli.api().call('getSystem')
      if (json) cli.json({ health, system })
      else cli.out(systemText(cli, system))
      return health.status === 'down' ? exitCodes.failed : exitCodes.ok
    },
  })
  addCommand(program, outcome, {
    usage: 'open',
    summary: 'Print a new URL that signs you in to the dashboard.',
    details: 'The URL works once, within 10 minutes.',
    options: z.object({}),
    examples: ['signalbox open', 'xdg-open "$(signalbox open)"'],
    async run({ json }) {
      const login = await cli.api().call('createLoginToken')
      if (json) cli.json(login)
      else cli.out(`${login.url}\n`)
    },
  })
}

const partColors = { ok: 'green', degraded: 'yellow', down: 'red' } as const
const partShapes = { ok: '✓', degraded: '!', down: '✗' } as const

function healthText(cli: Cli, health: Health): string {
  const rows = (['database', 'queue', 'worker', 'ingress', 'disk'] as const).map((part) => {
    const { status, detail } = health[part]
    return [part, cli.style[partColors[status]](`${partShapes[status]} ${status}`), plainLine(detail)]
  })
  const head = cli.style[partColors[health.status]](`${partShapes[health.status]} ${health.status}`)
  return `Signalbox ${health.version}: ${head}\n${table(rows)}`
}

function systemText(cli: Cli, system: SystemView): string {
  const rows = [
    ['data', system.dataDir],
    ['started', ago(system.startedAt, cli.now())],
    ['postgresql', `${system.databaseVersion} (${system.databaseKind})`],
    ['jobs', `${system.jobsInProgress} running, ${system.jobsQueued} queued`],
    ['ingress', system.ingressPort === null ? '-' : `port ${system.ingressPort}`],
    ...system.workers.map((worker) => [
      'worker',
      `${plainLine(worker.name)}, ${worker.slots} slots, ${worker.alive ? 'alive' : 'gone'} (${ago(worker.heartbeatAt, cli.now())})${labelsText(worker)}`,
    ]),
    ...system.routes.map((route) => [
      'live',
      `${route.host}: ${route.requests} requests, ${route.errors} errors`,
    ]),
  ]
  return `\n${table(rows)}${sandboxText(cli, system)}`
}

/** What `runs-on` finds a worker by. */
function labelsText({ labels = [], group = '' }: SystemView['workers'][number]): string {
  const named = group === '' || group === 'Default' ? '' : `, group ${plainLine(group)}`
  return labels.length > 0 ? `${named}: ${plainLine(labels.join(' '))}` : named
}

/** What this machine's sandbox cannot enforce is said aloud. */
function sandboxText(cli: Cli, system: SystemView): string {
  const limits = ['memory', 'pids', 'cpu', 'disk', 'network', 'ownUser', 'syscalls', 'overlay'] as const
  const lines = system.workers
    .filter((worker) => worker.alive)
    .flatMap((worker) => worker.sandbox)
    .flatMap((sandbox) => {
      if (!sandbox.available) return [`sandbox ${sandbox.provider}: ${sandbox.reason ?? 'not available'}`]
      return limits.flatMap((name) => {
        const limit = sandbox[name]
        if (!limit || limit.enforced) return []
        return [`sandbox ${sandbox.provider}: ${name} is not enforced: ${limit.how}`]
      })
    })
  return [...new Set(lines)].map((line) => `${cli.style.yellow('!')} ${plainLine(line)}\n`).join('')
}
