import { lookup } from 'node:dns/promises'
import { chmod, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect, isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { isPublicAddress } from './addresses.ts'
import { isAllowed, parseAllowList } from './allow-list.ts'
import {
  forwardToModel,
  type ModelRequest,
  type ModelUpstream,
  modelHost,
  parseModelRequest,
  passOn,
  refusalOf,
  refuse,
  upstreamUrl,
} from './model-broker.ts'

const CONNECT_TIMEOUT_MS = 20_000
const IDLE_TIMEOUT_MS = 120_000
/** More at a time are closed at once: each one costs the worker, not the sandbox, two descriptors. */
const MAX_CONNECTIONS = 256
/** No name is longer (RFC 1035); what a record holds of a request's host. */
const MAX_HOST_CHARS = 255

/** One attempt to leave the sandbox, told when it is over. */
export interface EgressRecord {
  /** Milliseconds since the epoch. */
  at: number
  /** At most 255 characters; a longer one is cut. */
  host: string
  port: number
  /** CONNECT, or the method of a plain request. */
  method: string
  allowed: boolean
  /** Why it was refused or what went wrong; `allowed` otherwise. */
  reason: string
  bytesUp: number
  bytesDown: number
  durationMs: number
}

export interface EgressOptions {
  /** Where to listen; the folder must exist. Everybody who reaches the file may use the proxy. */
  socketPath: string
  /** `packages.example.com`, `*.example.org`, with an optional `:port`; without one 80 and 443. */
  allow: string[]
  onRequest(record: EgressRecord): void
  /** Models that this sandbox may ask, by way of the broker; none without it. */
  models?: ModelUpstream[]
  /** Answers what is asked of the bridge itself, as `GET /path`; false: it is none of its own. */
  services?: (req: IncomingMessage, res: ServerResponse) => boolean
  signal?: AbortSignal
  /** Only for tests: exact `host:port` pairs that may lie on this machine. Never set in a product. */
  unsafeAllowLoopbackForTests?: string[]
}

export interface EgressProxy {
  readonly socketPath: string
  close(): Promise<void>
}

interface Target {
  host: string
  port: number
}

type Verdict = { address: string } | { refused: string }

/**
 * The only way out of a sandbox: an HTTP proxy (CONNECT and absolute-form requests) on a unix socket. It resolves
 * names itself and connects to the very address that it has checked, so a name that changes its mind gains nothing.
 */
export async function startEgressProxy(options: EgressOptions): Promise<EgressProxy> {
  const list = parseAllowList(options.allow)
  const unsafe = new Set(options.unsafeAllowLoopbackForTests ?? [])
  const open = new Set<Duplex>()

  async function judge({ host, port }: Target): Promise<Verdict> {
    const tested = unsafe.has(`${host}:${port}`)
    if (!tested && !isAllowed(list, host, port)) return { refused: 'not-on-the-list' }
    const found = isIP(host) ? [{ address: host }] : await lookup(host, { all: true }).catch(() => [])
    if (found.length === 0) return { refused: 'name-not-found' }
    const usable = found.find(({ address }) => tested || isPublicAddress(address))
    return usable ? { address: usable.address } : { refused: 'not-a-public-address' }
  }

  function begin(
    target: Target,
    method: string,
  ): (allowed: boolean, reason: string, up: number, down: number) => void {
    const at = Date.now()
    let told = false
    return (allowed, reason, bytesUp, bytesDown) => {
      if (told) return
      told = true
      options.onRequest({
        at,
        host: target.host.slice(0, MAX_HOST_CHARS),
        port: target.port,
        method,
        allowed,
        reason,
        bytesUp,
        bytesDown,
        durationMs: Date.now() - at,
      })
    }
  }

  async function onConnect(req: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const target = parseAuthority(req.url ?? '')
    client.on('error', () => client.destroy())
    if (!target) return void client.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    const tell = begin(target, 'CONNECT')
    const verdict = await judge(target)
    if ('refused' in verdict) {
      tell(false, verdict.refused, 0, 0)
      const text = refusal(target, verdict.refused)
      const head = `HTTP/1.1 403 Refused by Signalbox, ${verdict.refused}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n`
      client.end(head + text)
      return
    }
    const upstream = connect({ host: verdict.address, port: target.port, allowHalfOpen: true })
    const timer = setTimeout(() => upstream.destroy(new Error('connect timed out')), CONNECT_TIMEOUT_MS)
    track(upstream)
    upstream.on('connect', () => {
      clearTimeout(timer)
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      if (head.length > 0) upstream.write(head)
      client.pipe(upstream)
      upstream.pipe(client)
    })
    upstream.setTimeout(IDLE_TIMEOUT_MS, () => upstream.destroy())
    let problem: string | undefined
    upstream.on('error', (error: NodeJS.ErrnoException) => {
      problem = error.code ?? error.message
      if (upstream.connecting || upstream.bytesRead === 0)
        client.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n')
    })
    upstream.on('close', () => {
      clearTimeout(timer)
      tell(true, problem ?? 'allowed', upstream.bytesWritten, upstream.bytesRead)
      client.destroy()
    })
    client.on('close', () => upstream.destroy())
  }

  /** A request for a model goes where the settings say, with the key added here. */
  function onModelRequest(req: IncomingMessage, res: ServerResponse, asked: ModelRequest): void {
    const upstream = (options.models ?? []).find(({ name }) => name === asked.name)
    const url = upstream && upstreamUrl(upstream.baseUrl, asked.rest)
    const method = req.method ?? 'GET'
    if (!upstream || !url) {
      begin({ host: modelHost, port: 80 }, method)(false, upstream ? 'bad-path' : 'no-such-model', 0, 0)
      const why = `Signalbox offers no model server named "${asked.name}" to this sandbox: the worker has no key for it, or the project's agent settings leave it out.`
      refuse(res, 403, upstream ? 'Signalbox refused this path.' : why)
      return
    }
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
    const done = begin({ host: url.hostname, port }, method)
    const refused = refusalOf(upstream, url, {
      method,
      webSocket: /websocket/i.test(req.headers.upgrade ?? ''),
    })
    if (refused) {
      done(false, refused.reason, 0, 0)
      refuse(res, refused.status, refused.message)
      return
    }
    const tell = (reason: string, up: number, down: number) => done(true, reason, up, down)
    forwardToModel(req, res, { upstream, url, track, tell })
  }

  async function onRequest(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const model = parseModelRequest(req.url ?? '')
    if (model) return onModelRequest(req, res, model)
    if (req.url?.startsWith('/') && options.services?.(req, res)) return
    const url = URL.canParse(req.url ?? '') ? new URL(req.url ?? '') : undefined
    if (url?.protocol !== 'http:')
      return void res
        .writeHead(400, { 'content-type': 'text/plain' })
        .end('This is a proxy; send an absolute http: URL.\n')
    const target: Target = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) }
    const tell = begin(target, req.method ?? 'GET')
    const verdict = await judge(target)
    if ('refused' in verdict) {
      tell(false, verdict.refused, 0, 0)
      res
        .writeHead(403, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
        .end(refusal(target, verdict.refused))
      return
    }
    const headers = { ...req.headers, host: url.host, connection: 'close' }
    for (const name of ['proxy-connection', 'proxy-authorization', 'keep-alive', 'upgrade', 'te'])
      Reflect.deleteProperty(headers, name)
    const { address } = verdict
    const outgoing = request({
      host: address,
      port: target.port,
      method: req.method,
      path: url.pathname + url.search,
      headers,
      agent: false,
    })
    let socket: Socket | undefined
    outgoing.on('socket', (s) => {
      socket = s
      track(s)
    })
    outgoing.setTimeout(IDLE_TIMEOUT_MS, () => outgoing.destroy(new Error('timed out')))
    outgoing.on('response', (answer) => passOn(answer, res))
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      tell(true, error.code ?? error.message, socket?.bytesWritten ?? 0, socket?.bytesRead ?? 0)
      if (res.headersSent) res.destroy()
      else res.writeHead(502, { 'content-type': 'text/plain' }).end(`${target.host} could not be reached.\n`)
    })
    res.on('close', () => {
      tell(true, 'allowed', socket?.bytesWritten ?? 0, socket?.bytesRead ?? 0)
      outgoing.destroy()
    })
    req.pipe(outgoing)
  }

  function track(socket: Duplex): void {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  }

  const server = createServer((req, res) => void onRequest(req, res).catch(() => res.destroy()))
  server.on('connect', (req, client, head) => void onConnect(req, client, head).catch(() => client.destroy()))
  server.on('connection', track)
  server.on('clientError', (_, socket) => socket.destroy())
  server.maxConnections = MAX_CONNECTIONS
  await rm(options.socketPath, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.socketPath, resolve)
  })
  // The sandbox's user is another one; who may come here is decided by who has the file bound in.
  await chmod(options.socketPath, 0o666)

  async function close(): Promise<void> {
    for (const socket of open) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  options.signal?.addEventListener('abort', () => void close(), { once: true })
  return { socketPath: options.socketPath, close }
}

/** `host:port` or `[v6]:port` of a CONNECT line. */
function parseAuthority(text: string): Target | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+)):(\d{1,5})$/i.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host !== undefined && port > 0 && port < 65536 ? { host, port } : undefined
}

const WHY: Record<string, (target: Target) => string> = {
  'not-on-the-list': ({ host, port }) =>
    `${host}:${port} is not on this sandbox's list of allowed hosts. To allow it, add "${port === 80 || port === 443 ? host : `${host}:${port}`}" to the allowed hosts in the project's settings.`,
  'name-not-found': ({ host }) => `The name ${host} could not be resolved.`,
  'not-a-public-address': ({ host }) =>
    `${host} leads to an address of this machine or of a private network; a sandbox never reaches those, whatever is allowed.`,
}

function refusal(target: Target, reason: string): string {
  return `Signalbox refused the connection: ${WHY[reason]?.(target) ?? reason}\n`
}
