import { Writable } from 'node:stream'
import { styleText } from 'node:util'
import { type Logger, pino } from 'pino'
import type { Config } from '../config.ts'
import { logIds } from '../log/context.ts'

const secretNames = ['token', 'password', 'connectionString', 'databaseUrl', 'secret', 'passphrase', 'apiKey']
const secretPaths = [
  ...secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
  'req.headers.cookie',
  'req.headers.authorization',
]

/**
 * Lines on stderr, JSON for machines or, on a terminal, text for people; each with the ids of what it belongs to.
 * Secrets by their usual names, and passwords in addresses, are cut out.
 */
export function createLogger(config: Pick<Config, 'logLevel' | 'logFormat'>, name: string): Logger {
  const text = config.logFormat === 'text' || (config.logFormat === 'auto' && process.stderr.isTTY)
  const options = {
    name,
    level: config.logLevel,
    redact: { paths: secretPaths, censor: '[cut]' },
    mixin: () => ({ ...logIds() }),
    serializers: { err: plainError, error: plainError },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return text
    ? pino(options, readable(process.stderr))
    : pino(options, pino.destination({ fd: 2, sync: false }))
}

/** An error without the passwords that drivers put into their messages. */
function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { type, message, stack, ...more } = pino.stdSerializers.err(error)
  return {
    type,
    message: withoutPasswords(message),
    stack: withoutPasswords(stack ?? ''),
    code: more['code'],
  }
}

/** `postgres://user:…@host` for any address with a password. */
export function withoutPasswords(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@]+@/gi, '$1:…@')
}

const colours = { debug: 'gray', info: 'cyan', warn: 'yellow', error: 'red', fatal: 'red' } as const

/** Turns pino's lines into text for people. */
export function readable(to: NodeJS.WritableStream): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString('utf8').split('\n')) if (line !== '') to.write(`${lineOf(line)}\n`)
      done()
    },
  })
}

function lineOf(json: string): string {
  const { level, time, name, msg, err, pid: _pid, hostname: _host, ...rest } = JSON.parse(json)
  const label = String(level).toUpperCase().padEnd(5)
  const colour = Object.entries(colours).find(([each]) => each === level)?.[1] ?? 'gray'
  const facts = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const cause = err ? `\n  ${String(err.stack || err.message).replaceAll('\n', '\n  ')}` : ''
  const clock = String(time).slice(11, 19)
  const end = facts.length > 0 ? ` ${styleText('gray', facts.join(' '))}` : ''
  return `${clock} ${styleText(colour, label)} ${name}: ${msg ?? ''}${end}${cause}`
}

/** The database room's small log on top of a logger. */
export function databaseLog(log: Logger) {
  return {
    info: (message: string) => log.info(message),
    warn: (message: string) => log.warn(message),
  }
}
