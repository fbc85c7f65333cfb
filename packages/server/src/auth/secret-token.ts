import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A secret that is shown once, and what is stored of it. */
export interface SecretToken {
  token: string
  hash: Buffer
}

/** 32 random bytes as base64url after a prefix that tells people (and secret scanners) what it is. */
export function newSecretToken(prefix: string): SecretToken {
  const token = `${prefix}${randomBytes(32).toString('base64url')}`
  return { token, hash: hashToken(token) }
}

/** SHA-256: a token has 256 random bits, so no slow hash is needed. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest()
}

/** Whether two secrets are the same, in time that does not depend on where they differ. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(hashToken(a), hashToken(b))
}
