import { createInterface } from 'node:readline/promises'
import { Failure } from '@signalbox/core/base/failure.ts'
import { baseUrlOf, tokenOf } from '../api/connection.ts'
import { type Api, createApi } from '../api/create-api.ts'
import { askHidden, readPiped } from './commands/read-secret.ts'
import { createStyle, type Style, wantsColor } from './style.ts'

/** Everything that a command may touch outside of itself. */
export interface Cli {
  env: NodeJS.ProcessEnv
  cwd: string
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
  style: Style
  colors: boolean
  /** A person sits at the terminal and can be asked. */
  interactive: boolean
  now(): number
  /** To standard output, as it is. */
  out(text: string): void
  /** To standard error. */
  err(text: string): void
  /** To standard output as JSON: pretty, or one line for each object of a stream. */
  json(value: unknown, options?: { line?: boolean }): void
  /** The API with this environment's address and token. */
  api(): Api
  /** Asks on the terminal; the answer without blanks. */
  ask(question: string): Promise<string>
  /** A secret value: asked for without showing it, or all of standard input where nobody sits. */
  secret(question: string): Promise<string>
}

/** The outside world of a process. */
export function createCli(signal: AbortSignal): Cli {
  const { env } = process
  const colors = wantsColor(env, process.stdout.isTTY === true)
  let api: Api | undefined
  const cli: Cli = {
    env,
    cwd: process.cwd(),
    signal,
    style: createStyle(colors),
    colors,
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    now: () => Date.now(),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    json: (value, { line = false } = {}) => cli.out(`${JSON.stringify(value, null, line ? undefined : 2)}\n`),
    api() {
      if (api) return api
      const baseUrl = baseUrlOf(env)
      api = createApi({ baseUrl, token: tokenOf(env, baseUrl), signal })
      return api
    },
    secret: (question) =>
      cli.interactive ? askHidden(process.stdin, process.stderr, question) : readPiped(process.stdin),
    async ask(question) {
      const lines = createInterface({ input: process.stdin, output: process.stderr })
      try {
        return (await lines.question(question, { signal })).trim()
      } finally {
        lines.close()
      }
    },
  }
  return cli
}

/** Goes on only when a person at the terminal says yes; without a terminal, or with --yes, at once. */
export async function confirm(cli: Cli, question: string, yes: boolean | undefined): Promise<void> {
  if (yes || !cli.interactive) return
  const answer = await cli.ask(`${question} [y/N] `)
  if (!/^y(es)?$/i.test(answer)) throw new Failure('not-confirmed', 'Nothing was done.')
}

/** What the live channel needs, with a word to the person when the connection breaks. */
export function liveConnection(cli: Cli, signal: AbortSignal = cli.signal) {
  const { baseUrl, token } = cli.api()
  const onRetry = (waitMs: number) =>
    cli.err(cli.style.dim(`The connection broke; trying again in ${(waitMs / 1000).toFixed(1)} s …\n`))
  return { baseUrl, token, signal, onRetry, maxAttempts: 12 }
}
