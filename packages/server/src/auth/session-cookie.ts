import { createHmac, timingSafeEqual } from 'node:crypto'

/** The cookie of a browser's session. `__Host-` needs https, which loopback does not have. */
export const sessionCookie = 'signalbox_session'

/**
 * The value of a session's cookie: its token and, after a dot, HMAC-SHA-256 as base64, so that the database alone
 * opens no session. The form is better-auth's (a signed cookie of better-call), which reads it as well.
 */
export function signedValue(secret: string, token: string): string {
  return `${token}.${signature(secret, token)}`
}

/** The token of a cookie's value that we signed; undefined for any other. */
export function tokenOfCookie(secret: string, value: string): string | undefined {
  const dot = value.lastIndexOf('.')
  if (dot < 1) return undefined
  const token = value.slice(0, dot)
  const given = Buffer.from(value.slice(dot + 1), 'base64')
  const expected = Buffer.from(signature(secret, token), 'base64')
  return given.length === expected.length && timingSafeEqual(given, expected) ? token : undefined
}

/** What writes of a session carry beside the cookie; it follows from the session and is stored nowhere. */
export function csrfTokenOf(secret: string, sessionId: string): string {
  return createHmac('sha256', secret).update(`csrf ${sessionId}`).digest('base64url')
}

function signature(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('base64')
}
