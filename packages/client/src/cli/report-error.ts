import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import { ApiFailure } from '../api/api-failure.ts'
import type { Cli } from './cli.ts'
import { plain } from './style.ts'

/** Says on standard error what went wrong and what to do next; as JSON `{"error": {…}}` when that was asked for. */
export function reportError(cli: Cli, error: unknown, json: boolean): void {
  const told = describe(error)
  if (json) {
    cli.err(`${JSON.stringify({ error: told }, null, 2)}\n`)
    return
  }
  cli.err(`${cli.style.red('error:')} ${plain(told.message)}\n`)
  for (const { path, message } of told.errors ?? []) cli.err(`  ${plain(path)}: ${plain(message)}\n`)
  if (told.hint) cli.err(`${plain(told.hint)}\n`)
  if (told.code === 'internal' && cli.env['SIGNALBOX_LOG_LEVEL'] === 'debug' && error instanceof Error) {
    cli.err(`${error.stack}\n`)
  }
}

interface Told {
  code: string
  message: string
  hint?: string
  errors?: readonly { path: string; message: string }[]
}

function describe(error: unknown): Told {
  if (error instanceof ApiFailure) {
    const { code, message, hint, errors } = error
    return { code, message, hint, ...(errors.length > 0 ? { errors } : {}) }
  }
  if (error instanceof Failure) return { code: error.code, message: error.message, hint: error.hint }
  const message = error instanceof Error ? error.message : String(error)
  return {
    code: 'internal',
    message: `This should not happen: ${message}`,
    hint: 'SIGNALBOX_LOG_LEVEL=debug shows where.',
  }
}

/** Options that do not fit as a failure of usage; other errors as they are. */
export function asUsage(error: unknown): unknown {
  if (!(error instanceof z.ZodError)) return error
  const [issue] = error.issues
  if (issue?.code === 'invalid_type' && issue.input === undefined) {
    return new Failure('usage', `--${issue.path.join('.')} is needed.`)
  }
  return new Failure('usage', `--${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is wrong'}`)
}
