import { type DestinationStream, type Logger, pino } from 'pino'

/** Fields that may hold a secret, wherever code puts them into a line of the log. */
const secrets = ['token', 'password', 'cookie', 'authorization', 'csrfToken', 'secret', 'connectionString']

/** The process's log: JSON lines with secrets cut out, to stderr or to `destination`. */
export function createLogger(
  options: { level: string; name: string },
  destination: DestinationStream = pino.destination(2),
): Logger {
  const paths = secrets.flatMap((field) => [
    field,
    `*.${field}`,
    `*.*.${field}`,
    `headers["${field}"]`,
    `*.headers["${field}"]`,
  ])
  return pino(
    {
      level: options.level,
      name: options.name,
      redact: { paths, censor: '[secret]' },
      base: { pid: process.pid },
    },
    destination,
  )
}
