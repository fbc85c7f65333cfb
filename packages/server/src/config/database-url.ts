import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Environment } from './environment.ts'

/** Variables that say which database it is; whoever hands DATABASE_URL to a child takes these away. */
export const databaseParts = [
  'DB_HOST',
  'DB_PORT',
  'DB_NAME',
  'DB_USER',
  'DB_PASSWORD',
  'DB_PASSWORD_FILE',
  'DB_SSLMODE',
  'DB_SSL_CA_FILE',
  'DB_SSL_CERT_FILE',
  'DB_SSL_KEY_FILE',
] as const

/** One address from either way of saying it; an Error when both or only half of one is said. */
export function databaseUrlOf(e: Environment): string | undefined {
  const said = databaseParts.filter((name) => e[name] !== undefined)
  if (e.DATABASE_URL) {
    if (said.length === 0) return e.DATABASE_URL
    throw new Error(
      `DATABASE_URL and ${said.join(', ')} both say where the database is: keep one of the two.`,
    )
  }
  if (said.length === 0) return undefined
  if (!e.DB_HOST) {
    throw new Error(
      `${said.join(', ')} without DB_HOST: name the host of the PostgreSQL, or unset ${said.length > 1 ? 'them' : 'it'} for the embedded one.`,
    )
  }
  if (e.DB_PASSWORD && e.DB_PASSWORD_FILE) {
    throw new Error('DB_PASSWORD and DB_PASSWORD_FILE both hold the password: keep one of the two.')
  }
  if (Boolean(e.DB_SSL_CERT_FILE) !== Boolean(e.DB_SSL_KEY_FILE)) {
    throw new Error('DB_SSL_CERT_FILE and DB_SSL_KEY_FILE belong together: name both.')
  }
  const password = e.DB_PASSWORD ?? (e.DB_PASSWORD_FILE && passwordIn(e.DB_PASSWORD_FILE))
  return composeUrl(e, e.DB_HOST, password)
}

function composeUrl(e: Environment, host: string, password: string | undefined): string {
  const socket = host.startsWith('/')
  const near = socket || ['localhost', '127.0.0.1', '::1'].includes(host)
  const mode = e.DB_SSLMODE ?? (near ? 'disable' : 'verify-full')
  if (mode === 'verify-ca' && !e.DB_SSL_CA_FILE) {
    throw new Error('DB_SSLMODE=verify-ca needs DB_SSL_CA_FILE: any authority that Node knows could sign.')
  }
  const query = new URLSearchParams()
  if (socket) query.set('host', host)
  query.set('sslmode', mode)
  // The meaning that PostgreSQL's own clients give to these words; without it pg takes all for verify-full.
  query.set('uselibpqcompat', 'true')
  for (const [name, path] of [
    ['sslrootcert', e.DB_SSL_CA_FILE],
    ['sslcert', e.DB_SSL_CERT_FILE],
    ['sslkey', e.DB_SSL_KEY_FILE],
  ] as const) {
    if (path && mode !== 'disable') query.set(name, resolve(path))
  }
  const user = encodeURIComponent(e.DB_USER ?? 'signalbox')
  const login = password === undefined ? user : `${user}:${encodeURIComponent(password)}`
  const at = socket ? 'localhost' : host.includes(':') ? `[${host}]` : host
  const name = encodeURIComponent(e.DB_NAME ?? 'signalbox')
  return `postgres://${login}@${at}:${e.DB_PORT ?? 5432}/${name}?${query.toString()}`
}

function passwordIn(path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`The password in DB_PASSWORD_FILE cannot be read: ${why}`)
  }
}
