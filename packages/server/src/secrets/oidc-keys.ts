import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { exportJWK, generateKeyPair, importJWK } from 'jose'
import { z } from 'zod'
import type { Queryable } from '../db/connect.ts'
import { deleteOldOidcKeys, insertOidcKey, type OidcKeyRow, publishedOidcKeys } from '../db/oidc-keys.ts'
import { seal, unseal } from './envelope.ts'
import type { Vault } from './vault.ts'

const dayMs = 24 * 60 * 60_000
/** How long a key signs; it is published a day longer, which is far longer than any token is good for. */
const signsMs = 30 * dayMs
/** What every verifier knows (OpenID Connect Core, 15.1). */
export const oidcAlgorithm = 'RS256'
const purpose = 'oidc keys'

const PublicJwk = z.object({ kty: z.literal('RSA'), n: z.string(), e: z.string() })
const PrivateJwk = PublicJwk.extend({
  d: z.string(),
  p: z.string(),
  q: z.string(),
  dp: z.string(),
  dq: z.string(),
  qi: z.string(),
})

/** The public half of a key as others fetch it. */
export const PublishedKey = PublicJwk.extend({
  kid: z.string(),
  alg: z.literal(oidcAlgorithm),
  use: z.literal('sig'),
})
export type PublishedKey = z.infer<typeof PublishedKey>

interface Deps {
  db: Queryable
  vault: Pick<Vault, 'derived'>
  now(): Date
}

/** The key that signs identity tokens now; a new one when there is none that is young and can be opened. */
export async function oidcSigningKey(deps: Deps) {
  const now = deps.now()
  for (const row of await publishedOidcKeys(deps.db, now)) {
    if (now.getTime() - row.created_at.getTime() >= signsMs) break
    const jwk = await opened(deps, row)
    if (jwk) return { id: row.id, key: await importJWK(jwk, oidcAlgorithm) }
  }
  const pair = await generateKeyPair(oidcAlgorithm, { modulusLength: 2048, extractable: true })
  const id = newId(now.getTime())
  const [key] = await deps.vault.derived(purpose)
  if (!key) throw new Failure('master-key-missing', 'There is no master key.')
  const secret = Buffer.from(JSON.stringify(await exportJWK(pair.privateKey)), 'utf8')
  await insertOidcKey(deps.db, {
    id,
    public_key: JSON.stringify(PublicJwk.parse(await exportJWK(pair.publicKey))),
    sealed: seal(key, secret, boundOf(id)),
    created_at: now,
    expires_at: new Date(now.getTime() + signsMs + dayMs),
  })
  await deleteOldOidcKeys(deps.db, now)
  return { id, key: pair.privateKey }
}

/** The public halves of the keys whose tokens may still be good, the newest first. */
export async function oidcPublicKeys(deps: Pick<Deps, 'db' | 'now'>): Promise<PublishedKey[]> {
  const rows = await publishedOidcKeys(deps.db, deps.now())
  return rows.map((row) => ({
    ...PublicJwk.parse(JSON.parse(row.public_key)),
    kid: row.id,
    alg: oidcAlgorithm,
    use: 'sig' as const,
  }))
}

/** Undefined when the master key was rotated away since: what it sealed is no use to anybody. */
async function opened(deps: Deps, row: OidcKeyRow): Promise<z.infer<typeof PrivateJwk> | undefined> {
  for (const key of await deps.vault.derived(purpose)) {
    try {
      const text = unseal(key, row.sealed, boundOf(row.id)).toString('utf8')
      return PrivateJwk.parse(JSON.parse(text))
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'secret-damaged') throw error
    }
  }
  return undefined
}

function boundOf(id: string): string[] {
  return ['oidc key', id]
}
