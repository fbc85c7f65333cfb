import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { parseSync } from 'vite'

/** One room: what it is for, and the rooms that it may import. Its own files are always allowed. */
export interface Room {
  path: string
  purpose: string
  may: string[]
  /** Loads in a browser and a Worker: no `node:`, no I/O. */
  pure?: boolean
}

const core = (name: string, purpose: string, may: string[]): Room => ({
  path: `packages/core/src/${name}`,
  purpose,
  may: may.map((room) => `packages/core/src/${room}`),
  pure: true,
})
const c = (name: string) => `packages/core/src/${name}`
const e = (name: string) => `packages/engine/src/${name}`
const s = (name: string) => `packages/server/src/${name}`

/** Every room with the arrows that are allowed out of it: the one table that CI checks and ARCHITECTURE.md prints. */
export const rooms: Room[] = [
  core('base', 'ids, clock, failures, diagnostics', []),
  core('domain', 'state machines and the strip of lamps; pure `transition`', ['base']),
  core('expressions', '`${{ }}` contexts and functions', ['base']),
  core('workflow', 'YAML to Workflow and Diagnostic[]; workflows made from settings', [
    'base',
    'expressions',
    'contract',
  ]),
  core('plan', 'which jobs may start now', ['base', 'workflow', 'expressions']),
  core('events', 'which workflows an event starts, and why not; when schedules come', ['base', 'workflow']),
  core('gates', 'evidence and policy: may this merge, and why', ['base', 'domain']),
  core('contract', 'zod: HTTP API, live channel, settings', ['base', 'domain']),
  {
    path: e('sandbox'),
    purpose: 'the port; bubblewrap, unshare, host (unsafe), fake; egress proxy',
    may: [c('base')],
  },
  {
    path: e('job'),
    purpose: 'one job: steps, commands, masks, outputs; a whole workflow without a server',
    may: [
      ...['base', 'expressions', 'workflow', 'plan'].map(c),
      ...['sandbox', 'actions', 'action-source', 'snapshot'].map(e),
    ],
  },
  {
    path: e('action-source'),
    purpose: 'where actions of other repositories come from: a mirror folder, a git cache',
    may: [c('base'), c('workflow')],
  },
  {
    path: e('snapshot'),
    purpose: 'what an install reads, its key, the layer it makes',
    may: [c('base'), c('workflow'), e('sandbox'), e('actions')],
  },
  {
    path: e('actions'),
    purpose: '`uses:` served by the engine: checkout, start-app',
    may: [c('base'), c('workflow'), e('sandbox'), e('job'), e('snapshot')],
  },
  {
    path: e('services'),
    purpose: 'what stock actions call while a job runs: artifacts v4, cache v2, identity tokens',
    may: [c('base'), e('sandbox'), e('job'), e('actions')],
  },
  { path: e('agent'), purpose: 'the driver port; exec, scripted, fake', may: [c('base'), e('sandbox')] },
  {
    path: e('deploy'),
    purpose: 'the target port; process, fake; rollout; ingress',
    may: [c('base'), e('sandbox')],
  },
  { path: s('config.ts'), purpose: 'the environment, parsed once', may: [s('config')] },
  { path: s('config'), purpose: 'every variable and what is said of it', may: [] },
  { path: s('log'), purpose: 'the ids by which lines of the log belong together', may: [] },
  {
    path: s('db'),
    purpose: 'kysely, migrations, one module per table, embedded PostgreSQL',
    may: [c('base'), c('domain'), c('contract'), s('events')],
  },
  {
    path: s('events'),
    purpose: 'append, notify, follow from a cursor',
    may: [c('base'), c('contract'), s('db')],
  },
  { path: s('storage'), purpose: 'the blob port; folder, S3', may: [c('base')] },
  {
    path: s('job-log'),
    purpose: 'the log of a job, in rows and in blobs',
    may: [c('base'), s('db'), s('storage/port.ts')],
  },
  {
    path: s('secrets'),
    purpose: 'envelope keys: seals, opens, rotates',
    may: [c('base'), s('db')],
  },
  { path: s('forge'), purpose: 'the port; local, git over smart HTTP', may: [c('base'), s('auth')] },
  {
    path: s('auth'),
    purpose: 'sign-in, sessions, tokens, roles, Host and Origin',
    may: [c('base'), c('contract'), s('db'), s('events'), s('secrets/envelope.ts')],
  },
  {
    path: s('flows'),
    purpose: 'what happens next: change, run, deployment, reconcile',
    may: [
      ...['base', 'domain', 'workflow', 'plan', 'events', 'gates', 'contract'].map(c),
      e('job'),
      e('agent'),
      e('actions'),
      s('log'),
      s('config.ts'),
      s('db'),
      s('events'),
      s('forge'),
      s('job-log'),
      s('storage/port.ts'),
      s('storage/keys.ts'),
      s('api/flows-port.ts'),
    ],
  },
  {
    path: s('worker'),
    purpose: 'takes jobs, runs the engine, streams logs, tends releases',
    may: [
      s('log'),
      ...['base', 'domain', 'workflow', 'plan', 'contract'].map(c),
      e('sandbox'),
      e('job'),
      e('snapshot'),
      e('actions'),
      e('action-source'),
      e('services'),
      e('agent'),
      e('deploy'),
      s('config.ts'),
      s('db'),
      s('events'),
      s('auth/metrics-token.ts'),
      s('forge'),
      s('secrets/vault.ts'),
      s('secrets/oidc-keys.ts'),
      s('storage/port.ts'),
      s('storage/keys.ts'),
      s('flows'),
    ],
  },
  {
    path: s('backup'),
    purpose: 'one archive of everything, and back',
    may: [c('base'), s('db'), s('forge')],
  },
  {
    path: s('api'),
    purpose: 'one file per resource; the live channel',
    may: [
      s('log'),
      ...['base', 'domain', 'gates', 'contract'].map(c),
      e('deploy'),
      s('config.ts'),
      s('db'),
      s('events'),
      s('auth'),
      s('forge'),
      s('secrets/vault.ts'),
      s('secrets/oidc-keys.ts'),
      s('job-log'),
      s('storage/port.ts'),
      s('storage/keys.ts'),
    ],
  },
  {
    path: s('boot'),
    purpose: 'the only place that builds adapters: up, server, worker, doctor',
    may: [
      s('log'),
      c('base'),
      e('sandbox'),
      e('action-source'),
      e('agent'),
      e('deploy'),
      ...[
        'config.ts',
        'config',
        'db',
        'events',
        'forge',
        'storage',
        'secrets',
        'auth',
        'flows',
        'worker',
        'backup',
      ].map(s),
      s('api'),
    ],
  },
  { path: s('main.ts'), purpose: 'which process this is', may: [c('base'), s('boot'), s('config.ts')] },
  {
    path: 'packages/client/src',
    purpose: 'the typed API client and the CLI',
    may: ['packages/core/src', e('job'), e('actions'), e('action-source'), e('services'), e('sandbox')],
  },
  {
    path: 'packages/web/src',
    purpose: 'the dashboard',
    may: [c('base'), c('domain'), c('contract')],
    pure: true,
  },
  {
    path: 'packages/testing/src',
    purpose: 'PostgreSQL from a template, contract suites, the whole platform',
    may: ['packages/core/src', 'packages/engine/src', 'packages/server/src', 'packages/client/src'],
  },
]

/** An import that no arrow allows, or a room's file that its purity forbids. */
export interface Violation {
  file: string
  imports: string
  why: string
}

const root = resolve(import.meta.dirname, '..')

/** Reads every source file's imports, dynamic and type ones included, and returns what is not allowed. */
export async function checkRooms(): Promise<Violation[]> {
  const files = await sourceFiles()
  const violations = await Promise.all(files.map(checkFile))
  return violations.flat()
}

async function sourceFiles(): Promise<string[]> {
  const found: string[] = []
  for (const name of ['core', 'engine', 'server', 'client', 'web', 'testing']) {
    const folder = join(root, 'packages', name, 'src')
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && /\.tsx?$/.test(entry.name)) {
        found.push(relative(root, join(entry.parentPath, entry.name)))
      }
    }
  }
  return found
}

/** The room of a file: the longest path that it stands under; a test stands where what it tests does. */
export function roomOf(path: string): Room | undefined {
  const file = path.replace(/\.test\.ts$/, '.ts')
  return rooms
    .filter((room) => file === room.path || file.startsWith(`${room.path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0]
}

async function checkFile(file: string): Promise<Violation[]> {
  const room = roomOf(file)
  if (!room) return [{ file, imports: '', why: 'it stands in no room of tools/rooms.ts' }]
  const text = await readFile(join(root, file), 'utf8')
  const test = isTest(file)
  return importsOf(file, text).flatMap((specifier) => {
    const why = refusal(room, file, specifier, test)
    return why ? [{ file, imports: specifier, why }] : []
  })
}

/** Tests may reach for the doubles and suites of `testing` and the platform around them. */
function isTest(file: string): boolean {
  return /\.test\.tsx?$|fixture|test-|-test|testing\//.test(file)
}

function importsOf(file: string, text: string): string[] {
  const { module } = parseSync(file, text)
  const fixed = [...module.staticImports.map((i) => i.moduleRequest.value)]
  const exported = module.staticExports.flatMap((x) => x.entries.flatMap((n) => n.moduleRequest?.value ?? []))
  const dynamic = module.dynamicImports.flatMap(({ moduleRequest: at }) => {
    const source = text.slice(at.start, at.end)
    return /^['"`][^$]*['"`]$/.test(source) ? [source.slice(1, -1)] : []
  })
  return [...new Set([...fixed, ...exported, ...dynamic])]
}

function refusal(room: Room, file: string, specifier: string, test: boolean): string | undefined {
  if (specifier.startsWith('node:')) {
    return room.pure && !test ? 'this room loads in a browser' : undefined
  }
  const target = targetOf(file, specifier)
  if (!target) return undefined
  if (test && !room.path.startsWith('packages/web')) return undefined
  if (target === room.path || target.startsWith(`${room.path}/`)) return undefined
  const allowed = room.may.some((path) => target === path || target.startsWith(`${path}/`))
  return allowed ? undefined : `no arrow from ${room.path} to ${roomOf(target)?.path ?? target}`
}

/** The file inside this repository that a specifier names, or undefined for a package. */
function targetOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return relative(root, resolve(root, dirname(file), specifier))
  const own = /^@signalbox\/([a-z]+)\/(.+)$/.exec(specifier)
  return own ? `packages/${own[1]}/src/${own[2]}` : undefined
}

/** The table as ARCHITECTURE.md shows it. */
export function roomsTable(): string {
  const short = (path: string) => path.replace('packages/', '').replace('/src', '')
  const lines = rooms.map((room) => {
    const may = room.may.length === 0 ? 'nothing' : room.may.map((path) => `\`${short(path)}\``).join(' ')
    return `| \`${short(room.path)}\` | ${room.purpose} | ${may} |`
  })
  return ['| room | what it holds | may import |', '|---|---|---|', ...lines].join('\n')
}

/** The arrows between packages, as a diagram for ARCHITECTURE.md; arrows within a package are in the table. */
export function packagesDiagram(): string {
  const packageOf = (path: string) => /^packages\/([^/]+)/.exec(path)?.[1] ?? path
  const arrows = rooms.flatMap((room) =>
    room.may.map((path) => `  ${packageOf(room.path)} --> ${packageOf(path)}`),
  )
  const between = [...new Set(arrows)].filter((arrow) => {
    const [from, to] = arrow.trim().split(' --> ')
    return from !== to
  })
  return ['```mermaid', 'flowchart TD', ...between, '```'].join('\n')
}
