import { Failure } from '@signalbox/core/base/failure.ts'
import pg from 'pg'

const connectMs = 10_000

/** What to do, by PostgreSQL's SQLSTATE or Node's error code. */
const hints: Record<string, string> = {
  '28P01': 'Look at the user and the password in DATABASE_URL.',
  '28000': 'This PostgreSQL does not let that user in from here: look at its pg_hba.conf.',
  '3D000': 'Create the database first: createdb NAME.',
  '53300': 'All its connections are taken: raise max_connections, Signalbox needs about 40.',
  '57P03': 'It is starting or stopping: try again in a moment.',
  ECONNREFUSED: 'Nothing listens there: start that PostgreSQL, or look at host and port.',
  ENOTFOUND: 'That host name is not known here: look at the host in DATABASE_URL.',
}

/**
 * Connects once to the database that DATABASE_URL names. Failures `database-url` and `database-unreachable` say
 * where and why; the password is in neither.
 */
export async function checkExternalDatabase(databaseUrl: string): Promise<void> {
  const where = placeOf(databaseUrl)
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: connectMs })
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    const code = codeOf(error)
    throw new Failure('database-unreachable', `The database ${where} cannot be used: ${reasonOf(error)}.`, {
      hint: `${hints[code] ?? 'Look at DATABASE_URL.'} Without DATABASE_URL Signalbox brings its own PostgreSQL.`,
      cause: error,
    })
  } finally {
    await client.end().catch(() => {})
  }
}

/** `user@host:port/name`, for people. */
function placeOf(databaseUrl: string): string {
  const url = URL.canParse(databaseUrl) ? new URL(databaseUrl) : undefined
  if (!url || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw new Failure('database-url', 'DATABASE_URL is not an address of a PostgreSQL database.', {
      hint: 'It looks like postgres://USER:PASSWORD@HOST:5432/NAME; a password with : / @ or # is percent-encoded.',
    })
  }
  const host = url.host || url.searchParams.get('host') || 'localhost'
  return `${decodeURIComponent(url.username)}${url.username ? '@' : ''}${host}${url.pathname}`
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** A host with several addresses fails with an AggregateError, whose own message is empty. */
function reasonOf(error: unknown): string {
  return (error instanceof Error && error.message) || codeOf(error) || String(error)
}
