import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { defaultGroup, labelsOf, type Machine } from '@signalbox/core/base/machine.ts'
import { z } from 'zod'
import type { Cli } from '../cli.ts'

const words = z.array(z.string()).default([])
const maxPayloadBytes = 25 * 1024 * 1024

/** The sandboxes that `--sandbox` names. */
export const sandboxNames = ['bubblewrap', 'unshare', 'docker', 'host'] as const
export type SandboxName = (typeof sandboxNames)[number]

/** The options of `signalbox run` as they are typed. */
export const RunOptions = z.object({
  project: z.string().optional(),
  branch: z.string().optional(),
  dir: z.string().optional(),
  wait: z.boolean().default(false),
  event: z
    .string()
    .regex(/^[a-z_]+$/, 'is the name of an event, like push')
    .optional(),
  payload: z.string().optional(),
  job: words,
  input: words,
  secret: words,
  var: words,
  env: words,
  matrix: words,
  allow: words,
  sandbox: z.enum(sandboxNames).optional(),
  actionsDir: z.string().optional(),
  concurrency: z.coerce.number().int().min(1).max(1000).optional(),
  dryRun: z.boolean().default(false),
})

/** What a person asks of a run on this machine. */
export interface RunHere {
  dir: string
  /** Files or names; without one, what the event triggers. */
  files: string[]
  event: string | undefined
  payload: { [key: string]: unknown } | undefined
  jobs: string[]
  /** Of the declared ones; texts, which get their types from the workflow. */
  inputs: Record<string, string>
  secrets: Record<string, string>
  vars: Record<string, string>
  env: Record<string, string>
  /** For each named key of a matrix the values that run. */
  matrix: Record<string, string[]>
  /** Hosts that may be reached beside the usual ones. */
  allow: string[]
  sandbox: SandboxName | undefined
  /** A folder of actions, absolute. */
  actionsDir: string | undefined
  concurrency: number | undefined
  /** What `runs-on` sees of this machine, as a worker here would say it. */
  machine: Machine
  dryRun: boolean
  json: boolean
}

/** Understands the options. Throws a Failure `usage` that names the one that does not fit. */
export function runWish(
  cli: Cli,
  files: string[],
  options: z.output<typeof RunOptions>,
  json: boolean,
): RunHere {
  const { event, allow, sandbox, concurrency, dryRun } = options
  return {
    dir: resolve(cli.cwd, options.dir ?? '.'),
    files,
    event,
    payload: options.payload === undefined ? undefined : payloadOf(resolve(cli.cwd, options.payload)),
    jobs: options.job,
    inputs: inputsOf(options.input),
    secrets: secretsOf(cli, options.secret),
    vars: Object.fromEntries(options.var.map((text) => assignment('--var', text))),
    env: Object.fromEntries(options.env.map((text) => assignment('--env', text))),
    matrix: matrixOf(options.matrix),
    actionsDir: options.actionsDir === undefined ? undefined : resolve(cli.cwd, options.actionsDir),
    machine: thisMachine(cli.env),
    ...{ allow, sandbox, concurrency, dryRun, json },
  }
}

function thisMachine(env: NodeJS.ProcessEnv): Machine {
  const labels = labelsOf(env['SIGNALBOX_WORKER_LABELS'], process.arch === 'arm64' ? 'arm64' : 'x64')
  return { labels, group: env['SIGNALBOX_WORKER_GROUP'] || defaultGroup }
}

/** Values of `--input name=value`. */
export function inputsOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text) => pair('--input', text, '=')))
}

function assignment(flag: string, text: string): [string, string] {
  const [name, value] = pair(flag, text, '=')
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return [name, value]
  throw new Failure('usage', `${flag} takes NAME=value, and "${name}" is no name of a variable.`)
}

function pair(flag: string, text: string, mark: '=' | ':'): [string, string] {
  const at = text.indexOf(mark)
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new Failure('usage', `${flag} takes NAME${mark}value, not "${text}".`)
}

function matrixOf(texts: readonly string[]): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const text of texts) {
    const [key, value] = pair('--matrix', text, ':')
    found[key] = [...(found[key] ?? []), value]
  }
  return found
}

/** `NAME` is taken from the environment; `NAME=value` works, and is visible to everybody on the machine. */
function secretsOf(cli: Cli, texts: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (const text of texts) {
    const at = text.indexOf('=')
    const name = at < 0 ? text : text.slice(0, at)
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new Failure('usage', '--secret takes NAME, or NAME=value; a name has letters, digits and _ only.')
    }
    const value = at < 0 ? cli.env[name] : text.slice(at + 1)
    if (!value) {
      throw new Failure('usage', `The variable ${name} is not set here, so there is no such secret.`, {
        hint: `Set it for this command only: ${name}=… signalbox run …`,
      })
    }
    if (at >= 0) {
      const way = `put it into the variable ${name} and write --secret ${name}`
      cli.err(cli.style.yellow(`! everybody on this machine can read the value of ${name}; ${way}\n`))
    }
    found[name] = value
  }
  return found
}

function payloadOf(path: string): { [key: string]: unknown } {
  const size = statSync(path, { throwIfNoEntry: false })
  if (!size?.isFile()) throw new Failure('usage', `--payload: there is no file ${path}.`)
  if (size.size > maxPayloadBytes) throw new Failure('usage', `--payload: ${path} is larger than 25 MB.`)
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    const why = cause instanceof z.ZodError ? 'it is no JSON object' : `it is no JSON (${String(cause)})`
    throw new Failure('usage', `--payload: ${path} cannot be read: ${why}.`, { cause })
  }
}
