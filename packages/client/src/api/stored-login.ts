import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'

const Login = z.object({ url: z.url({ protocol: /^https?$/ }), token: z.string().min(1).max(5000) })

/** What `signalbox login` remembers: one server and the token for it. */
export type Login = z.infer<typeof Login>

/** Where it stands: readable by its person only, apart from the data of a server. */
export function loginFileOf(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'signalbox', 'login.json')
}

/** The remembered login; undefined when there is none. Failures `token-exposed` and `login-damaged`. */
export function readLogin(env: NodeJS.ProcessEnv): Login | undefined {
  const file = loginFileOf(env)
  let handle: number
  try {
    handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') return undefined
    throw new Failure('token-unreadable', `${file} cannot be read (${codeOf(cause)}).`, { cause })
  }
  try {
    const { mode } = fstatSync(handle)
    if ((mode & 0o077) !== 0) {
      throw new Failure('token-exposed', `Others can read the token in ${file}.`, {
        hint: 'Revoke it in the dashboard, under Your account, and sign in anew with "signalbox login".',
      })
    }
    const parsed = Login.safeParse(parseJson(readFileSync(handle, 'utf8')))
    if (parsed.success) return parsed.data
    throw new Failure('login-damaged', `${file} is not what "signalbox login" wrote.`, {
      hint: 'Run "signalbox login" again.',
    })
  } finally {
    closeSync(handle)
  }
}

/** Remembers a login, in the place of the one before; nobody ever reads half of it. */
export async function writeLogin(env: NodeJS.ProcessEnv, login: Login): Promise<string> {
  const file = loginFileOf(env)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}`
  await rm(draft, { force: true })
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(login)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, file)
  return file
}

/** Forgets the login; false when there was none. */
export async function forgetLogin(env: NodeJS.ProcessEnv): Promise<boolean> {
  const file = loginFileOf(env)
  try {
    await rm(file)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
