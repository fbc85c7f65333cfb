import type { IncomingHttpHeaders } from 'node:http'
import { Failure } from '@signalbox/core/base/failure.ts'

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * Refuses what a page of somebody else could make a browser send: a Host that is not ours (DNS rebinding) and
 * an Origin other than the address that was called. On every request and on the upgrade of a socket; what
 * browsers never send (CLI, git) passes without an Origin.
 */
export function checkSameSite(
  headers: IncomingHttpHeaders,
  allowedHosts: ReadonlySet<string>,
  corsOrigins: ReadonlySet<string> = new Set(),
): void {
  const host = headers.host ?? ''
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase()
  if (!loopback.has(name) && !allowedHosts.has(name)) {
    throw new Failure('host-not-allowed', 'This server does not answer to that host name.', {
      hint: `On the machine itself use http://127.0.0.1 with the port of Signalbox.${publicHint(host)}`,
    })
  }
  const origin = headers.origin
  if (origin === undefined) return
  // A listed page comes without our cookies: cross-site they are not sent, and none of its own makes it us.
  if (corsOrigins.has(origin) && headers.cookie === undefined) return
  if (origin === `http://${host}` || origin === `https://${host}`) return
  throw new Failure('origin-not-allowed', 'Requests from other sites are refused.')
}

/** What to set when this was its own address; a Host that cannot stand in one is not repeated. */
function publicHint(host: string): string {
  if (!/^[a-z\d.-]{1,253}(:\d{1,5})?$/i.test(host)) return ''
  return ` To be reached by this name, start Signalbox with SIGNALBOX_PUBLIC_URL=http://${host}, or https where it has a certificate.`
}
