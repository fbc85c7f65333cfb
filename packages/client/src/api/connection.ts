import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { readLogin } from './stored-login.ts'

/** Where Signalbox answers: by the environment, else where `signalbox login` signed in, else on this machine. */
export function baseUrlOf(env: NodeJS.ProcessEnv): string {
  const given = env['SIGNALBOX_URL']
  if (given) {
    if (!/^https?:$/.test(parseUrl(given)?.protocol ?? '')) {
      throw new Failure('usage', `SIGNALBOX_URL is not an http or https address: ${given}`, {
        hint: 'For example SIGNALBOX_URL=http://127.0.0.1:3000',
      })
    }
    return given.replace(/\/+$/, '')
  }
  const login = env['PORT'] ? undefined : readLogin(env)
  if (login) return login.url
  const port = env['PORT'] || '3000'
  if (!/^\d{1,5}$/.test(port)) throw new Failure('usage', `PORT is not a port number: ${port}`)
  return `http://127.0.0.1:${port}`
}

/** The data folder of a Signalbox on this machine: the same rule as the server's. */
export function dataDirOf(env: NodeJS.ProcessEnv): string {
  const given = env['SIGNALBOX_DATA_DIR']
  if (given) return resolve(given)
  if (process.getuid?.() === 0) return '/var/lib/signalbox'
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'signalbox')
}

/**
 * The API token: SIGNALBOX_TOKEN, or that of `signalbox login` for this very address, or the file that the server keeps in its data folder when the address is on
 * this machine. Undefined when there is none. Failure `token-exposed` when others can read the file.
 */
export function tokenOf(env: NodeJS.ProcessEnv, baseUrl: string): string | undefined {
  const given = env['SIGNALBOX_TOKEN']?.trim()
  if (given) return given
  const login = readLogin(env)
  if (login && new URL(login.url).origin === new URL(baseUrl).origin) return login.token
  // This machine's token is nobody else's business.
  if (!isLoopback(baseUrl)) return undefined
  return readTokenFile(join(dataDirOf(env), 'cli-token'))
}

function isLoopback(baseUrl: string): boolean {
  const host = parseUrl(baseUrl)?.hostname ?? ''
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

/** One open file is looked at and read, so that nobody can put another in between. */
function readTokenFile(path: string): string | undefined {
  let handle: number
  try {
    handle = openSync(path, 'r')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'EACCES' || code === 'EPERM') {
      throw new Failure('token-unreadable', `${path} belongs to another user.`, {
        hint: 'Run this as the user that started Signalbox, or set SIGNALBOX_TOKEN.',
        cause,
      })
    }
    return undefined
  }
  try {
    const { mode } = fstatSync(handle)
    if ((mode & 0o077) !== 0) {
      const octal = (mode & 0o777).toString(8)
      throw new Failure('token-exposed', `Others can read the token in ${path} (mode ${octal}).`, {
        hint: `Remove the file and restart Signalbox: it makes a new token, and the exposed one ends.`,
      })
    }
    return readFileSync(handle, 'utf8').trim() || undefined
  } finally {
    closeSync(handle)
  }
}
