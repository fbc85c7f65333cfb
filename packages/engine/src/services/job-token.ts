import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

/** What a token is for; one for the other is refused. */
export type TokenUse = 'results' | 'id-token'

const Claims = z.object({ jid: z.string(), use: z.enum(['results', 'id-token']), exp: z.number() })

/**
 * A JWT (RFC 7519, HS256) that names a job to the runtime's own services: the stock clients read the ids of the run and
 * the job out of its `scp`. `seconds` since the epoch.
 */
export function signJobToken(
  key: Buffer,
  job: { id: string; runId: string; use: TokenUse; issuedAt: number; expiresAt: number },
): string {
  const claims = {
    iss: 'signalbox',
    scp: `Actions.${job.use === 'results' ? 'Results' : 'IdToken'}:${job.runId}:${job.id}`,
    jid: job.id,
    use: job.use,
    iat: job.issuedAt,
    nbf: job.issuedAt,
    exp: job.expiresAt,
  }
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${text}.${macOf(key, text).toString('base64url')}`
}

/** The id of the job that a token names; undefined when it is not ours, was changed, or its time is over. */
export function readJobToken(
  key: Buffer,
  token: string,
  asked: { use: TokenUse; now: number },
): string | undefined {
  const [head = '', body = '', signature = '', ...rest] = token.split('.')
  if (rest.length > 0 || !sameBytes(Buffer.from(signature, 'base64url'), macOf(key, `${head}.${body}`)))
    return undefined
  const claims = Claims.safeParse(parsed(Buffer.from(body, 'base64url').toString('utf8'))).data
  return claims && claims.use === asked.use && claims.exp > asked.now ? claims.jid : undefined
}

/** Whether two byte strings are the same, in a time that tells nothing of where they differ. */
export function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

function macOf(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
