import { hkdfSync } from 'node:crypto'
import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { z } from 'zod'
import {
  acceptedSigningKeys,
  deleteOldSigningKeys,
  endSigningKeys,
  insertSigningKey,
  type SigningKeyRow,
} from '../db/signing-keys.ts'
import { masterKey, seal, unseal } from '../secrets/envelope.ts'
import type { SessionDeps } from './sign-in.ts'

const dayMs = 24 * 60 * 60_000
/** How long a key signs; for as long again it is accepted, so that two are known. */
const signsMs = 30 * dayMs
export const signingAlgorithm = 'EdDSA'

const PublicJwk = z.object({ kty: z.string(), crv: z.string(), x: z.string() })
const PrivateJwk = PublicJwk.extend({ d: z.string() })

/** The key that signs now, made when there is none that is young enough. Its private half never leaves here. */
export async function signingKey(deps: SessionDeps) {
  // `auth-key` may have been lost since this was asked last: what it sealed is no use to anybody.
  await endUnreadableKeys(deps)
  const now = deps.clock.now()
  const row = (await acceptedSigningKeys(deps.db, now))[0]
  const young = row !== undefined && now.getTime() - row.created_at.getTime() < signsMs
  const used = young ? row : await makeKey(deps, now)
  const jwk = PrivateJwk.parse(JSON.parse(opened(deps, used).toString('utf8')))
  return { id: used.id, key: await importJWK(jwk, signingAlgorithm) }
}

/** The keys that the key in the data folder does not open: it is another one than sealed them. */
export async function unreadableKeys(deps: SessionDeps): Promise<string[]> {
  const rows = await acceptedSigningKeys(deps.db, deps.clock.now())
  return rows.filter((row) => !opens(deps, row)).map((row) => row.id)
}

/**
 * Ends the keys that nobody can sign with any more, with every JWT that they signed: who lost `auth-key` cannot say
 * who has it. How many; each time it ends one there is a row in the audit log.
 */
export async function endUnreadableKeys(deps: SessionDeps): Promise<number> {
  const ids = await unreadableKeys(deps)
  if (ids.length === 0) return 0
  return await endSigningKeys(deps.db, { ids, reason: 'auth-key is another one than sealed them' })
}

function opens(deps: SessionDeps, row: SigningKeyRow): boolean {
  try {
    opened(deps, row)
    return true
  } catch (error) {
    if (error instanceof Failure && error.code === 'secret-damaged') return false
    throw error
  }
}

function opened(deps: SessionDeps, row: SigningKeyRow): Buffer {
  return unseal(sealKey(deps), Buffer.from(row.private_key, 'base64'), boundOf(row.id))
}

/** The public halves of the keys that are accepted, as a JWK set. */
export async function publicKeys(deps: SessionDeps): Promise<{ keys: JWK[] }> {
  const rows = await acceptedSigningKeys(deps.db, deps.clock.now())
  return {
    keys: rows.map((row) => ({
      ...PublicJwk.parse(JSON.parse(row.public_key)),
      kid: row.id,
      alg: signingAlgorithm,
      use: 'sig',
    })),
  }
}

async function makeKey(deps: SessionDeps, now: Date): Promise<SigningKeyRow> {
  const pair = await generateKeyPair(signingAlgorithm, { crv: 'Ed25519', extractable: true })
  const id = newId(now.getTime())
  const secret = Buffer.from(JSON.stringify(await exportJWK(pair.privateKey)), 'utf8')
  const row = {
    id,
    public_key: JSON.stringify(await exportJWK(pair.publicKey)),
    private_key: seal(sealKey(deps), secret, boundOf(id)).toString('base64'),
    created_at: now,
    expires_at: new Date(now.getTime() + 2 * signsMs),
    alg: signingAlgorithm,
    crv: 'Ed25519',
  }
  await insertSigningKey(deps.db, row)
  await deleteOldSigningKeys(deps.db, now)
  return row
}

/** Derived from the key in the data folder: the database alone signs nothing. */
function sealKey(deps: SessionDeps) {
  return masterKey(Buffer.from(hkdfSync('sha256', deps.authSecret, '', 'signalbox signing keys', 32)))
}

function boundOf(id: string): string[] {
  return ['signing key', id]
}
