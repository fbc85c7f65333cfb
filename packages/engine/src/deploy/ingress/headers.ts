import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** Headers that end at this hop (RFC 9110 7.6.1), and `expect`, which the ingress has answered itself. */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'upgrade',
  'expect',
]

/** What a client may claim about a proxy before us. The ingress is the edge: nothing before it is trusted. */
const forwarded = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
]

/** The key of the routing table for a Host header; empty when there is none. IPv6 literals never match. */
export function hostOf(header: string | undefined): string {
  const host = (header ?? '').trim().toLowerCase().replace(/:\d*$/, '')
  return host.endsWith('.') ? host.slice(0, -1) : host
}

/** Deletes what must not travel further: the fixed list and what `Connection` names, framing excepted. */
export function dropHopByHop(headers: IncomingHttpHeaders): void {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase())
  for (const name of named)
    if (name !== 'transfer-encoding' && name !== 'content-length' && name !== 'host') delete headers[name]
  for (const name of hopByHop) delete headers[name]
}

/**
 * Makes an incoming request's headers those of the request to the release, in place, and returns the ones to
 * set on top. The path is reduced to origin form. Throws when the target is no URL at all.
 */
export function prepareRequest(req: IncomingMessage, upgrade?: string): Record<string, string> {
  const wantsClose = req.httpVersion === '1.0' || /(^|,)\s*close\s*(,|$)/i.test(req.headers.connection ?? '')
  dropHopByHop(req.headers)
  // The library copies this one into the answer to the client; the release gets the one returned below.
  req.headers.connection = wantsClose ? 'close' : 'keep-alive'
  for (const name of forwarded) delete req.headers[name]
  if (req.url && !req.url.startsWith('/')) req.url = originForm(req.url)
  const host = req.headers.host ?? ''
  return {
    connection: upgrade ? 'Upgrade' : 'close',
    ...(upgrade ? { upgrade } : {}),
    'x-forwarded-for': req.socket.remoteAddress ?? '',
    'x-forwarded-host': host,
    'x-forwarded-port': String(req.socket.localPort ?? ''),
    'x-forwarded-proto': 'http',
  }
}

function originForm(target: string): string {
  if (target === '*') return '/*'
  const url = new URL(target)
  return `${url.pathname}${url.search}`
}

/** No body follows: such a request can be sent again. */
export function isBodyless(req: IncomingMessage): boolean {
  const length = req.headers['content-length']
  return req.headers['transfer-encoding'] === undefined && (length === undefined || length === '0')
}
