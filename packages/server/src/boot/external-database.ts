import { Failure } from '@signalbox/core/base/failure.ts'
import pg from 'pg'
import { type ExternalFacts, readExternalFacts } from '../db/external-facts.ts'

const oldestMajor = 15

/** What to do, by PostgreSQL's SQLSTATE, Node's or TLS's error code. */
const hints: Record<string, string> = {
  '28P01': 'Look at user and password in DATABASE_URL, or DB_USER and DB_PASSWORD.',
  '28000':
    'This PostgreSQL does not let that user in from here like this: look at its pg_hba.conf; where it asks for TLS, set DB_SSLMODE=verify-full.',
  '3D000': 'Create the database first: createdb NAME.',
  '53300':
    'All its connections are taken: raise max_connections, or lower DB_POOL_MAX (20 each for server and worker).',
  '57P03': 'It is starting or stopping: try again in a moment.',
  ECONNREFUSED: 'Nothing listens there: start that PostgreSQL, or look at host and port.',
  ENOTFOUND: 'That host name is not known here: look at the host in DATABASE_URL or DB_HOST.',
  EAI_AGAIN: 'Names cannot be looked up now: look at the name server of this machine.',
  ETIMEDOUT: 'No answer came: look at host, port and firewall.',
  EHOSTUNREACH: 'There is no way to that machine: look at host, network and firewall.',
  ENOENT: 'A file of the TLS settings, or the socket of that PostgreSQL, is not there: look at its path.',
  EACCES: 'This user may not read a file of the TLS settings: give it the right to.',
  SELF_SIGNED_CERT_IN_CHAIN:
    'Name the authority that signed it: DB_SSL_CA_FILE, or sslrootcert= in DATABASE_URL.',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'Name that certificate itself: DB_SSL_CA_FILE, or sslrootcert= in DATABASE_URL.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'Name the authority that signed it: DB_SSL_CA_FILE, or sslrootcert= in DATABASE_URL.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'It was signed by another authority than DB_SSL_CA_FILE or sslrootcert= names: name the right one.',
  CERT_HAS_EXPIRED: 'The certificate of the server has expired: renew it there.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'The certificate is for another host: use the name that it is for, or DB_SSLMODE=verify-ca.',
}

/** The driver has no codes for these. */
const sentences: [words: string, hint: string][] = [
  [
    'does not support SSL',
    'Turn TLS on in that PostgreSQL, or say DB_SSLMODE=disable where the way to it is private.',
  ],
  ['timeout expired', 'No answer came in DB_CONNECT_TIMEOUT_MS: look at host, port and firewall.'],
  [
    'Connection terminated due to connection timeout',
    'No answer came in DB_CONNECT_TIMEOUT_MS: look at host, port and firewall.',
  ],
  [
    'client password must be a string',
    'It asks for a password: set DB_PASSWORD_FILE or DB_PASSWORD, or put it into DATABASE_URL.',
  ],
  [
    'Connection terminated unexpectedly',
    'Something answers there that is no PostgreSQL, or it ended: look at host and port.',
  ],
]

/**
 * Connects once to the database that the environment names, and looks whether it can carry Signalbox. Failures
 * `database-url`, `database-unreachable`, `database-too-old`, `database-unsuitable` say where, why and what to do;
 * the password is in none of them.
 */
export async function checkExternalDatabase(databaseUrl: string, timeoutMs: number): Promise<ExternalFacts> {
  const where = placeOf(databaseUrl)
  const facts = await ask(databaseUrl, where, timeoutMs)
  const refused = whyUnsuitable(facts, where)
  if (refused) throw refused
  return facts
}

async function ask(databaseUrl: string, where: string, timeoutMs: number): Promise<ExternalFacts> {
  let client: pg.Client | undefined
  try {
    // Files of the TLS settings are read here.
    client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: timeoutMs })
    client.on('error', () => {})
    await client.connect()
    return await readExternalFacts(client)
  } catch (error) {
    const code = codeOf(error)
    const reason = reasonOf(error)
    const hint = hints[code] ?? sentences.find(([words]) => reason.includes(words))?.[1]
    throw new Failure('database-unreachable', `The database ${where} cannot be used: ${reason}.`, {
      hint: `${hint ?? 'Look at DATABASE_URL, or DB_HOST and its relatives.'} Without them Signalbox brings its own PostgreSQL.`,
      cause: error,
    })
  } finally {
    await client?.end().catch(() => {})
  }
}

/** The first thing that keeps Signalbox from this database, or undefined. */
export function whyUnsuitable(facts: ExternalFacts, where: string): Failure | undefined {
  if (facts.major < oldestMajor) {
    return new Failure(
      'database-too-old',
      `The database ${where} is PostgreSQL ${facts.version}; Signalbox needs ${oldestMajor} or later.`,
      { hint: 'Upgrade that PostgreSQL, or name another one.' },
    )
  }
  const unsuitable = (what: string, hint: string) =>
    new Failure('database-unsuitable', `The database ${where} ${what}.`, { hint })
  if (facts.readOnly) return unsuitable('can only be read: it is a standby', 'Name the primary server.')
  if (facts.encoding !== 'UTF8') {
    return unsuitable(
      `is encoded in ${facts.encoding}`,
      'Create one with: createdb -E UTF8 -T template0 NAME.',
    )
  }
  if (!facts.mayCreateSchema || !facts.mayCreateTable) {
    return unsuitable(
      'does not let this role make tables',
      'Make the role its owner: alter database NAME owner to ROLE; alter schema public owner to ROLE.',
    )
  }
  return undefined
}

/** `user@host:port/name`, for people. */
export function placeOf(databaseUrl: string): string {
  const url = URL.canParse(databaseUrl) ? new URL(databaseUrl) : undefined
  if (!url || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw new Failure('database-url', 'DATABASE_URL is not an address of a PostgreSQL database.', {
      hint: 'It looks like postgres://USER:PASSWORD@HOST:5432/NAME; a password with : / @ or # is percent-encoded.',
    })
  }
  const host = url.searchParams.get('host') ?? (url.host || 'localhost')
  return `${decodeURIComponent(url.username)}${url.username ? '@' : ''}${host}${url.pathname}`
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** A host with several addresses fails with an AggregateError, whose own message is empty. */
function reasonOf(error: unknown): string {
  return ((error instanceof Error && error.message) || codeOf(error) || String(error)).replace(/\.$/, '')
}
