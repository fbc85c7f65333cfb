import { type Logger, pino } from 'pino'
import type { Config } from '../config.ts'

const secretPaths = [
  'token',
  'password',
  'secret',
  'secrets',
  'env',
  'value',
  'masterKey',
  'databaseUrl',
  'credentials',
  'connectionString',
  '*.token',
  '*.password',
  '*.secret',
  '*.secrets',
  '*.env',
  '*.masterKey',
  '*.databaseUrl',
  '*.credentials',
  '*.connectionString',
  'req.headers.cookie',
  'req.headers.authorization',
]

/** Structured lines on stderr; secrets by these names are cut out. */
export function createLogger(config: Config, name: string): Logger {
  return pino(
    { name, level: config.logLevel, redact: { paths: secretPaths, censor: '[cut]' } },
    pino.destination({ fd: 2, sync: false }),
  )
}

/** The database room's small log on top of a logger. */
export function databaseLog(log: Logger) {
  return {
    info: (message: string) => log.info(message),
    warn: (message: string) => log.warn(message),
  }
}
