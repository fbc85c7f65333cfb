import { Failure } from '@signalbox/core/base/failure.ts'

/** SQLSTATEs after which the same statement may succeed on a new connection. */
const lostStates = new Set([
  '57P01', // the administrator shut the server down
  '57P02', // another backend crashed
  '57P03', // starting up
  '53300', // too many connections
  '25P03', // idle in a transaction for too long
])

const lostSystemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/** The driver has no codes for these: its own sentences, as of pg 8. */
const lostSentences = [
  'Connection terminated',
  'connection error and is not queryable',
  'timeout exceeded when trying to connect',
  'Client was closed',
  'Cannot use a pool after calling end',
]

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** Whether a statement failed because its connection went away, not because of what it said. */
export function isDatabaseLost(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseLost)
  if (error instanceof Failure) return error.code === 'database-lost'
  const code = codeOf(error)
  if (code !== undefined) return code.startsWith('08') || lostStates.has(code) || lostSystemCodes.has(code)
  return error instanceof Error && lostSentences.some((sentence) => error.message.includes(sentence))
}

/**
 * The retryable failure `database-lost` for a lost connection, `disk-full` for a full disk; any other error as it is. After a lost COMMIT
 * nobody knows whether it took: every write of a state is a compare-and-set, so that asking again is safe.
 */
export function asDatabaseLost(error: unknown): unknown {
  if (codeOf(error) === '53100' && !(error instanceof Failure)) {
    return new Failure('disk-full', 'The disk of the database is full, so nothing can be stored.', {
      retryable: true,
      hint: 'Make room on it; Signalbox goes on by itself.',
      cause: error,
    })
  }
  if (error instanceof Failure || !isDatabaseLost(error)) return error
  return new Failure('database-lost', 'The connection to PostgreSQL was lost.', {
    retryable: true,
    hint: 'Signalbox connects again by itself; when this lasts, look whether PostgreSQL runs.',
    cause: error,
  })
}

/** PostgreSQL's name of a violated unique constraint, or undefined for any other error. */
export function violatedConstraint(error: unknown): string | undefined {
  if (codeOf(error) !== '23505' || typeof error !== 'object' || error === null) return undefined
  return 'constraint' in error && typeof error.constraint === 'string' ? error.constraint : ''
}
