import { type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http'
import { request as tlsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { isModelPath, type ModelApi } from './model-paths.ts'

/** The name under which a sandbox reaches its models; nothing outside has it. */
export const modelHost = 'model.signalbox.internal'

/** Where the bridge inside a sandbox hands on what is asked of it, without a proxy's help. */
export const bridgeBase = 'http://127.0.0.1:3128'

/** The models, by way of the bridge. */
export const modelBase = `${bridgeBase}/model`

/** A server of models, and what is added to each request outside the sandbox. */
export interface ModelUpstream {
  /** The first part of the path inside: `/model/<name>/…`. */
  name: string
  /** What follows the name is put behind this. May lie on this machine: whoever runs Signalbox chose it. */
  baseUrl: string
  /** Decides which paths ask a model and which do something else with the key. */
  api: ModelApi
  /** Paths behind the base that are passed on beside inference, as `model-paths.ts` reads them. */
  extraPaths?: readonly string[]
  /** Secret: never told, logged or recorded. */
  headers: Record<string, string>
}

/** A model answers when it has thought. */
const IDLE_MS = 600_000

/** What a client could say in place of the broker, and what belongs to one connection only. */
const DROPPED = [
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
  'cookie',
  'host',
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'te',
  'upgrade',
  'expect',
  // Servers that believe these do something else than method and path say.
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-original-url',
  'x-rewrite-url',
]

/** What a request for a model is about; undefined when it is for something else. */
export interface ModelRequest {
  name: string
  /** Path and query behind the name. */
  rest: string
}

/** What clients of models use. Not TRACE: some servers answer it with all headers, the credential among them. */
const modelMethods: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Reads `/model/<name>/…` of the bridge, and `http://model.signalbox.internal/<name>/…` of a proxy's client. */
export function parseModelRequest(url: string): ModelRequest | undefined {
  const absolute = URL.canParse(url) ? new URL(url) : undefined
  const direct = /^\/model(\/.*)$/.exec(url)?.[1]
  const isOurs = absolute?.protocol === 'http:' && absolute.hostname === modelHost
  const path = isOurs ? absolute.pathname + absolute.search : direct
  const match = path === undefined ? null : /^\/([a-z0-9-]{1,40})(\/[^#]*)?$/.exec(path)
  return match?.[1] === undefined ? undefined : { name: match[1], rest: match[2] ?? '/' }
}

/** Where a request goes: behind the base, and never beside it. Undefined for a path that leads upwards. */
export function upstreamUrl(baseUrl: string, rest: string): URL | undefined {
  const base = new URL(baseUrl)
  const prefix = base.pathname.replace(/\/+$/, '')
  const url = new URL(`${base.origin}${prefix}${rest.startsWith('/') ? '' : '/'}${rest}`)
  // Keys may stand in a query too; the broker's stands in a header.
  url.searchParams.delete('key')
  const inside = url.origin === base.origin && url.pathname.startsWith(`${prefix}/`)
  return inside && !/%2f|%5c|%2e/i.test(url.pathname) ? url : undefined
}

/** Why a request goes nowhere: `reason` is recorded, `message` is for whoever reads the agent's output. */
export interface Refusal {
  status: number
  reason: string
  message: string
}

const maxToldPath = 200

/** Undefined when the request may be passed on: it asks a model, or for what the operator allows beside that. */
export function refusalOf(
  upstream: ModelUpstream,
  url: URL,
  asked: { method: string; webSocket: boolean },
): Refusal | undefined {
  const { method } = asked
  const name = upstream.name
  if (!modelMethods.includes(method)) {
    const message = `Signalbox passes no ${method} on to the server of a model.`
    return { status: 405, reason: 'method-refused', message }
  }
  if (asked.webSocket) {
    // Clients that know this status go on without a WebSocket.
    const message = 'Signalbox passes no WebSocket on to the server of a model.'
    return { status: 426, reason: 'websocket-refused', message }
  }
  const base = new URL(upstream.baseUrl).pathname.replace(/\/+$/, '')
  const path = url.pathname.slice(base.length)
  if (isModelPath(upstream.api, { method, path }, upstream.extraPaths)) return undefined
  const told = `${method} ${path.slice(0, maxToldPath)}`
  return {
    status: 403,
    reason: `path-refused: ${told}`,
    message: `Signalbox refused ${told}: what is asked of "${name}" with its key is inference and the list of models. Whoever runs Signalbox can allow more with SIGNALBOX_MODEL_EXTRA_PATHS.`,
  }
}

export interface Forwarding {
  upstream: ModelUpstream
  url: URL
  /** Called for the connection, so that it ends with the proxy. */
  track(socket: Socket): void
  /** Told once, when it is over: `allowed` or what went wrong. */
  tell(reason: string, bytesUp: number, bytesDown: number): void
}

/** Passes one request on with the credential in place of whatever the client sent as one. */
export function forwardToModel(req: IncomingMessage, res: ServerResponse, given: Forwarding): void {
  const { upstream, url, track, tell } = given
  const headers: Record<string, string | string[] | undefined> = { ...req.headers }
  for (const name of [...DROPPED, ...Object.keys(upstream.headers)]) delete headers[name.toLowerCase()]
  const send = url.protocol === 'https:' ? tlsRequest : plainRequest
  const outgoing = send(url, {
    method: req.method,
    headers: { ...headers, ...upstream.headers },
    agent: false,
  })
  let socket: Socket | undefined
  outgoing.on('socket', (s) => {
    socket = s
    track(s)
  })
  outgoing.setTimeout(IDLE_MS, () => outgoing.destroy(new Error('timed out')))
  outgoing.on('response', (answer) => passOn(answer, res))
  const over = (reason: string) => tell(reason, socket?.bytesWritten ?? 0, socket?.bytesRead ?? 0)
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    over(error.code ?? error.message)
    if (res.headersSent) return void res.destroy()
    refuse(res, 502, `The server of the model "${upstream.name}" could not be reached.`)
  })
  res.on('close', () => {
    over('allowed')
    outgoing.destroy()
  })
  req.pipe(outgoing)
}

/** Sends an answer on. What node cannot say again (a status of 000) ends this request and not the worker. */
export function passOn(answer: IncomingMessage, res: ServerResponse): void {
  answer.on('error', () => res.destroy())
  try {
    res.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(res)
  } catch {
    answer.destroy()
    res.destroy()
  }
}

/** An error in the shape that clients of every provider read. */
export function refuse(res: ServerResponse, status: number, message: string): void {
  const body = JSON.stringify({ type: 'error', error: { type: 'signalbox', message } })
  res.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(body)
}
