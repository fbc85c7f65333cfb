import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** Why the ingress answers itself. */
export type OwnAnswerKind = 'unknown-host' | 'bad-request' | 'unreachable' | 'broken' | 'timed-out'

interface Words {
  status: number
  phrase: string
  title: string
  text: string
}

const words: Record<OwnAnswerKind, Words> = {
  'unknown-host': {
    status: 404,
    phrase: 'Not Found',
    title: 'Nothing is deployed here',
    text: 'No release is routed to this host name. Deploy the project, or check the name.',
  },
  'bad-request': {
    status: 400,
    phrase: 'Bad Request',
    title: 'The request cannot be read',
    text: 'Its target is not a path or URL.',
  },
  unreachable: {
    status: 503,
    phrase: 'Service Unavailable',
    title: 'The release does not answer',
    text: 'It is starting, restarting or stopped: its port accepts no connection. Try again in a moment.',
  },
  broken: {
    status: 502,
    phrase: 'Bad Gateway',
    title: 'The release broke off',
    text: 'It closed the connection before it answered. The output of the release says more.',
  },
  'timed-out': {
    status: 504,
    phrase: 'Gateway Timeout',
    title: 'The release took too long',
    text: 'It accepted the request and gave no answer within the time limit.',
  },
}

/** The ingress's own answer as HTML, or as problem+json unless the client asks for HTML. */
export function sendOwnAnswer(
  req: IncomingMessage,
  res: ServerResponse,
  kind: OwnAnswerKind,
  host: string,
): void {
  if (res.headersSent || res.destroyed) {
    res.destroy()
    return
  }
  const html = (req.headers.accept ?? '').includes('text/html')
  res.writeHead(words[kind].status, {
    'content-type': html ? 'text/html; charset=utf-8' : 'application/problem+json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-signalbox-ingress': kind,
    ...(kind === 'unreachable' ? { 'retry-after': '1' } : {}),
    // The rest of an unread body would otherwise be taken for the next request's wait.
    ...(req.complete ? {} : { connection: 'close' }),
  })
  res.end(html ? page(words[kind], host) : problem(kind, host))
}

/** The same for a connection that asked for an upgrade and has no response object. */
export function sendOwnAnswerOnSocket(socket: Duplex, kind: OwnAnswerKind, host: string): void {
  const body = problem(kind, host)
  const { status, phrase } = words[kind]
  socket.end(
    `HTTP/1.1 ${status} ${phrase}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nx-signalbox-ingress: ${kind}\r\nconnection: close\r\n\r\n${body}`,
  )
}

function problem(kind: OwnAnswerKind, host: string): string {
  const { status, title, text } = words[kind]
  return JSON.stringify({ type: 'about:blank', status, title, detail: text, code: kind, host })
}

function page({ status, title, text }: Words, host: string): string {
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${status} ${title}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}code{font-family:ui-monospace,monospace}</style>
<h1>${title}</h1><p>${text}</p><p><code>${escapeHtml(host)}</code> · HTTP ${status} · answered by the Signalbox ingress</p></html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
}
