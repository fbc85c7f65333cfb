import { Failure } from '@signalbox/core/base/failure.ts'
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { findSessionById } from '../db/sessions.ts'
import { findApiTokenById } from '../db/tokens.ts'
import type { Principal } from './principal.ts'
import { asTokenPrincipal, type SessionDeps, sessionProjects } from './sign-in.ts'
import { publicKeys, signingAlgorithm, signingKey } from './signing-keys.ts'

const issuer = 'signalbox'
const audience = 'signalbox-api'
const lifeMs = 15 * 60_000

const Claims = z.object({
  sub: z.uuid(),
  /** What it was exchanged for; when that ends, so does this. */
  of: z.enum(['session', 'token']),
  oid: z.uuid(),
})

/** A signed JWT that is good for 15 minutes and for no more than the session or API token that asks. */
export async function issueJwt(
  deps: SessionDeps,
  principal: Principal,
): Promise<{ token: string; expiresAt: Date }> {
  if (principal.via === 'token' && principal.jwt) {
    throw new Failure('forbidden', 'A JWT is not exchanged for another one.', {
      hint: 'Send the session or the API token itself.',
    })
  }
  const now = deps.clock.now()
  const expiresAt = new Date(now.getTime() + lifeMs)
  const { id, key } = await signingKey(deps)
  const of = principal.via
  const oid = principal.via === 'session' ? principal.sessionId : principal.tokenId
  const token = await new SignJWT({ of, oid })
    .setProtectedHeader({ alg: signingAlgorithm, kid: id, typ: 'JWT' })
    .setSubject(principal.userId)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(Math.floor(now.getTime() / 1000))
    .setExpirationTime(Math.floor(expiresAt.getTime() / 1000))
    .sign(key)
  return { token, expiresAt }
}

/**
 * Who a JWT is from; undefined when its signature, issuer or time is wrong, or when the session, the token or the
 * person behind it is gone. Roles and scopes are those of now, not those of the exchange.
 */
export async function principalOfJwt(deps: SessionDeps, jwt: string): Promise<Principal | undefined> {
  const now = deps.clock.now()
  const keys = createLocalJWKSet(await publicKeys(deps))
  const verified = await jwtVerify(jwt, keys, {
    issuer,
    audience,
    algorithms: [signingAlgorithm],
    currentDate: now,
    maxTokenAge: lifeMs / 1000,
    requiredClaims: ['exp', 'sub'],
  }).catch(() => undefined)
  const claims = Claims.safeParse(verified?.payload).data
  if (!claims) return undefined
  if (claims.of === 'token') {
    const found = await findApiTokenById(deps.db, { id: claims.oid, now })
    if (!found || found.user.id !== claims.sub) return undefined
    return { ...(await asTokenPrincipal(deps, found)), ends: true, jwt: true }
  }
  const found = await findSessionById(deps.db, { id: claims.oid, now })
  if (!found || found.user.id !== claims.sub) return undefined
  const { user } = found
  return {
    userId: user.id,
    name: user.name,
    role: user.role,
    projects: await sessionProjects(deps, user),
    scopes: 'all',
    via: 'token',
    tokenId: claims.oid,
    limited: false,
    ends: true,
    jwt: true,
  }
}
