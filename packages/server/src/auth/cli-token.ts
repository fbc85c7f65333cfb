import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import { inTransaction } from '../db/connect.ts'
import { findApiToken, insertApiToken, listApiTokens, revokeApiToken } from '../db/tokens.ts'
import { ensureOwner } from '../db/users.ts'
import { hashToken, newSecretToken } from './secret-token.ts'
import type { AuthDeps } from './sign-in.ts'

const name = 'cli'

/** Where the CLI on this machine finds its token: readable by the owner of the data folder only. */
export function cliTokenFile(dataDir: string): string {
  return join(dataDir, 'cli-token')
}

/**
 * Makes the file at the first start, and again when it is lost or was revoked; the database only knows its
 * hash, and only of the newest one. That hash.
 */
export async function ensureCliToken(deps: AuthDeps, dataDir: string): Promise<Buffer> {
  const owner = await ensureOwner(deps.db, { id: newId(), name: 'owner' })
  const file = cliTokenFile(dataDir)
  const present = (await readFile(file, 'utf8').catch(() => '')).trim()
  if (
    present !== '' &&
    (await findApiToken(deps.db, { tokenHash: hashToken(present), now: deps.clock.now() }))
  )
    return hashToken(present)
  const { token, hash } = newSecretToken('sbx_')
  await writeSecret(file, token)
  await inTransaction(deps.db, async (tx) => {
    for (const old of await listApiTokens(tx, owner.id)) {
      if (old.name === name) await revokeApiToken(tx, { id: old.id, now: deps.clock.now() })
    }
    await insertApiToken(tx, { id: newId(), userId: owner.id, name, tokenHash: hash })
  })
  return hash
}

/** Beside its place first, so that nobody ever reads half a token or one that others may read too. */
async function writeSecret(file: string, token: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}`
  const handle = await open(draft, 'w', 0o600)
  try {
    await handle.chmod(0o600)
    await handle.writeFile(`${token}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, file)
}
