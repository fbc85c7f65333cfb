import { z } from 'zod'
import { id, time } from './wire.ts'

/** What an action saved with the stock cache client. */
export const CacheView = z.object({
  id,
  key: z.string(),
  /** What the client makes of paths and compression. */
  version: z.string(),
  /** Whose runs save here: a ref, `change/<id>`, or `untrusted/<ref>`. */
  scope: z.string(),
  sizeBytes: z.number(),
  hits: z.int(),
  /** The run that saved it; null: it was deleted. */
  runId: id.nullable(),
  createdAt: time,
  lastUsedAt: time,
})
export type CacheView = z.infer<typeof CacheView>

/** OpenID Connect Discovery 1.0: what those need who check identity tokens of jobs. */
export const OidcConfiguration = z.object({
  issuer: z.string(),
  jwks_uri: z.string(),
  subject_types_supported: z.array(z.string()),
  response_types_supported: z.array(z.string()),
  claims_supported: z.array(z.string()),
  id_token_signing_alg_values_supported: z.array(z.string()),
  scopes_supported: z.array(z.string()),
})
export type OidcConfiguration = z.infer<typeof OidcConfiguration>

/** A public key (RFC 7517). */
export const OidcKey = z.object({
  kty: z.literal('RSA'),
  n: z.string(),
  e: z.string(),
  kid: z.string(),
  alg: z.string(),
  use: z.literal('sig'),
})
