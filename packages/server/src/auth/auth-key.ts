import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'

/** Where the key stands by which sessions are signed and secrets of two-factor encrypted. */
export function authKeyFile(dataDir: string): string {
  return join(dataDir, 'auth-key')
}

/**
 * The key of this installation, made at the first start, mode 0600. Processes that start together agree on one.
 * Without its file every session ends and two-factor has to be set up anew.
 */
export async function ensureAuthKey(dataDir: string): Promise<string> {
  const file = authKeyFile(dataDir)
  const present = await readAuthKey(dataDir)
  if (present !== undefined) return present
  await mkdir(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}`
  const handle = await open(draft, 'w', 0o600)
  try {
    await handle.chmod(0o600)
    await handle.writeFile(`${randomBytes(32).toString('base64url')}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  // A link never replaces what another process put there first.
  await link(draft, file).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
  await rm(draft, { force: true })
  const key = await readAuthKey(dataDir)
  if (key === undefined) throw new Failure('auth-key', `${file} cannot be read after it was written.`)
  return key
}

/** The key as it stands there; undefined before the first start, and when its file was lost. */
export async function readAuthKey(dataDir: string): Promise<string | undefined> {
  const file = authKeyFile(dataDir)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const key = text.trim()
  if (key.length >= 32) return key
  throw new Failure('auth-key', `${file} holds no key.`, {
    hint: 'Put it back from a backup, or remove it: everybody signs in anew, and two-factor is set up anew.',
  })
}
