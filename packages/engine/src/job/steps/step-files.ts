import { Failure } from '@signalbox/core/base/failure.ts'
import type { Sandbox } from '../../sandbox/port.ts'
import { maxFileBytes, parseCommandFile, parsePathFile } from './command-files.ts'

/** Folders inside the sandbox, none of them in the workspace. */
export const places = {
  workspace: '/workspace',
  temp: '/tmp/signalbox/temp',
  files: '/tmp/signalbox/files',
  tools: '/tmp/signalbox/tools',
  event: '/tmp/signalbox/event.json',
  /** In the home, which is on the disk: what is in /tmp takes memory. */
  actions: '/home/sbx/_actions',
} as const

const kinds = ['env', 'output', 'path', 'state', 'summary'] as const
type Kind = (typeof kinds)[number]

const variables: Record<Kind, string> = {
  env: 'GITHUB_ENV',
  output: 'GITHUB_OUTPUT',
  path: 'GITHUB_PATH',
  state: 'GITHUB_STATE',
  summary: 'GITHUB_STEP_SUMMARY',
}

function pathOf(kind: Kind, step: string): string {
  return `${places.files}/${kind}-${step}`
}

/** The variables that name a step's command files. */
export function fileVariables(step: string): Record<string, string> {
  return Object.fromEntries(kinds.map((kind) => [variables[kind], pathOf(kind, step)]))
}

function filesOf(steps: readonly string[]): string[] {
  return steps.flatMap((step) => kinds.map((kind) => pathOf(kind, step)))
}

/** Makes the empty command files of steps that an action brings. */
export async function addFiles(sandbox: Sandbox, steps: readonly string[]): Promise<void> {
  if (steps.length === 0) return
  if (sandbox.prepare) return sandbox.prepare([], filesOf(steps))
  const { code } = await sandbox.exec(['sh', '-c', 'for f; do : > "$f"; done', 'sh', ...filesOf(steps)], {
    cwd: '/',
    timeoutMs: 30_000,
  })
  if (code !== 0) throw new Failure('sandbox-unusable', 'the command files of the action could not be made')
}

/** Makes the folders and the empty command files of all steps of a job, in one call. */
export async function prepareFiles(sandbox: Sandbox, steps: readonly string[], event: string): Promise<void> {
  const files = filesOf(steps)
  if (sandbox.prepare) {
    sandbox.prepare([places.temp, places.files, places.tools], files)
    await sandbox.writeFile(places.event, event)
    return
  }
  const script = `mkdir -p ${places.temp} ${places.files} ${places.tools} && for f; do : > "$f"; done`
  const errors: string[] = []
  const [result] = await Promise.all([
    sandbox.exec(['sh', '-c', script, 'sh', ...files], {
      cwd: '/',
      timeoutMs: 30_000,
      onOutput: (_stream, chunk) => void errors.push(Buffer.from(chunk).toString()),
    }),
    sandbox.writeFile(places.event, event),
  ])
  if (result.code !== 0) {
    throw new Failure('sandbox-unusable', `the sandbox could not be prepared: ${errors.join('').trim()}`, {
      retryable: true,
    })
  }
}

/** What a step handed on by its files. */
export interface HandedOn {
  env: Map<string, string>
  outputs: Map<string, string>
  /** Folders to put before PATH, in the order written. */
  path: string[]
  /** Markdown; undefined where there is more of it than GitHub takes, which fails no step. */
  summary: string | undefined
  /** For the post step of the same action. */
  state: Map<string, string>
}

/** Reads a step's command files. Throws a Failure whose message names the file that is wrong. */
export async function readFiles(sandbox: Sandbox, step: string): Promise<HandedOn> {
  const read = async (kind: Kind): Promise<string> => {
    try {
      const bytes = await sandbox.readFile(pathOf(kind, step), { maxBytes: maxFileBytes })
      return bytes === undefined || bytes.length === 0 ? '' : new TextDecoder().decode(bytes)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new Failure('invalid-command-file', `${variables[kind]}: ${why}`, { cause })
    }
  }
  const readSummary = async (): Promise<string | undefined> => {
    try {
      return await read('summary')
    } catch (error) {
      const cause = error instanceof Failure ? error.cause : undefined
      if (cause instanceof Failure && cause.code === 'sandbox-file-too-large') return undefined
      throw error
    }
  }
  const asked = [read('env'), read('output'), read('path'), read('state')]
  const askedSummary = readSummary()
  // All are asked at once; of several that are wrong always the same one is named.
  await Promise.allSettled([...asked, askedSummary])
  const [env = '', output = '', path = '', state = ''] = await Promise.all(asked)
  const summary = await askedSummary
  return {
    env: parseNamed('env', env),
    outputs: parseNamed('output', output),
    path: parsePathFile(path),
    summary,
    state: parseNamed('state', state),
  }
}

function parseNamed(kind: Kind, text: string): Map<string, string> {
  if (text === '') return new Map()
  try {
    return parseCommandFile(text)
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause
    throw new Failure(cause.code, `${variables[kind]}: ${cause.message}`, { hint: cause.hint, cause })
  }
}
