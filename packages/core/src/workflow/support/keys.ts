import { refusedKeys, supportedKeys } from '../supported.ts'
import { permissionScopes } from './permission-scopes.ts'
import { type Verdict, type Verdicts, verdictOf } from './verdict.ts'

/** Where the keys of a level stand, in GitHub's notation. */
export const prefixes = { workflow: '', job: 'jobs.<job_id>.', step: 'jobs.<job_id>.steps[*].' } as const

/** Keys of a workflow, a job or a step that work in another way than on GitHub, beside `supportedKeys`. */
export const differingKeys: Readonly<Record<string, string>> = {
  concurrency: 'A run that is not trusted ends none that is. Without a server it has no effect.',
  description: 'Read, and shown nowhere.',
  permissions: 'Decides on id-token. All else is checked, and a job gets no GITHUB_TOKEN.',
  'jobs.<job_id>.permissions': 'Decides on id-token. All else is checked, and a job gets no GITHUB_TOKEN.',
  'jobs.<job_id>.environment':
    'Its secrets, variables and rules hold on a server; without one there are no rules.',
  'jobs.<job_id>.runs-on':
    'Labels of workers. Those of Windows and macOS fail their job at once, and are a warning, unless a worker says that it has them.',
  'jobs.<job_id>.timeout-minutes': 'Without it the limit of the server counts, not 360 minutes.',
  'jobs.<job_id>.uses': 'Workflow files of the same commit; those of other repositories are refused.',
  'jobs.<job_id>.container':
    'Needs a container engine on the machine. No network but the services and the proxy; the options are a safe subset.',
  'jobs.<job_id>.services':
    'Needs a container engine on the machine. TCP only; folders of the machine and privileges are refused.',
  'jobs.<job_id>.steps[*].shell': 'cmd and powershell are refused: jobs run on Linux.',
  'jobs.<job_id>.steps[*].uses':
    'Built-in, JavaScript and composite actions, of the repository or of another one; Docker actions are refused.',
}

const under = (parent: string, keys: readonly string[]) => keys.map((key) => `${parent}.${key}`)

function withoutToken(parent: string): Record<string, string> {
  const scopes = permissionScopes.filter((scope) => scope !== 'id-token')
  const note = 'Checked, and without effect: a job gets no GITHUB_TOKEN.'
  return Object.fromEntries(under(parent, scopes).map((key) => [key, note]))
}

const container = ['image', 'options', 'env', 'volumes', 'credentials']
const credentials = ['credentials.username', 'credentials.password']
const concurrency = ['group', 'cancel-in-progress', 'queue']

/** Keys below those of a workflow, a job or a step. Where the key above is refused, they are refused with it. */
export const nestedKeys: Verdicts = {
  works: [
    ...under('defaults', ['run', 'run.shell', 'run.working-directory']),
    'permissions.id-token',
    ...under('concurrency', concurrency),
    ...under('jobs.<job_id>.runs-on', ['group', 'labels']),
    ...under('jobs.<job_id>.strategy', [
      'matrix',
      'matrix.include',
      'matrix.exclude',
      'fail-fast',
      'max-parallel',
    ]),
    ...under('jobs.<job_id>.container', [...container, ...credentials]),
    ...under('jobs.<job_id>.services.<service_id>', [
      ...container,
      ...credentials,
      'ports',
      'entrypoint',
      'command',
    ]),
    ...under('jobs.<job_id>.environment', ['name', 'url']),
    'jobs.<job_id>.permissions.id-token',
    ...under('jobs.<job_id>.concurrency', concurrency),
    ...under('jobs.<job_id>.defaults', ['run', 'run.shell', 'run.working-directory']),
    ...under('jobs.<job_id>.snapshot', ['image-name', 'if', 'version']),
  ],
  differs: {
    ...withoutToken('permissions'),
    ...withoutToken('jobs.<job_id>.permissions'),
    'jobs.<job_id>.environment.deployment': 'No deployment is recorded: those of signalbox/deploy@v1 are.',
    'jobs.<job_id>.container.ports': 'Read and checked; nobody outside reaches a job.',
  },
  refused: {},
}

/** The keys of all levels, each followed by those below it. */
export function keyNames(): string[] {
  const nested = [...nestedKeys.works, ...Object.keys(nestedKeys.differs), ...Object.keys(nestedKeys.refused)]
  return (['workflow', 'job', 'step'] as const).flatMap((level) =>
    [...supportedKeys[level], ...Object.keys(refusedKeys[level])].flatMap((key) => {
      const name = `${prefixes[level]}${key}`
      // Keys of jobs and of steps come in their own turn.
      const own = level === 'workflow' ? nested.filter((below) => !below.startsWith('jobs.')) : nested
      return [name, ...own.filter((below) => below.startsWith(`${name}.`))]
    }),
  )
}

/** How the key at a path fares; a key below a refused one is refused with it. Undefined for a key that is none. */
export function keyVerdict(path: string): Verdict | undefined {
  const own = ownVerdict(path)
  if (own?.how === 'refused') return own
  for (let end = path.lastIndexOf('.'); end > 0; end = path.lastIndexOf('.', end - 1)) {
    const above = ownVerdict(path.slice(0, end))
    if (own && above?.how === 'refused') return above
  }
  return own
}

function ownVerdict(path: string): Verdict | undefined {
  const nested = verdictOf(nestedKeys, path)
  if (nested) return nested
  for (const level of ['step', 'job', 'workflow'] as const) {
    if (!path.startsWith(prefixes[level])) continue
    const key = path.slice(prefixes[level].length)
    const refused = refusedKeys[level]
    if (Object.hasOwn(refused, key)) return { how: 'refused', note: refused[key] ?? '' }
    if (!supportedKeys[level].includes(key)) continue
    const note = differingKeys[path]
    return note === undefined ? { how: 'works' } : { how: 'differs', note }
  }
  return undefined
}
