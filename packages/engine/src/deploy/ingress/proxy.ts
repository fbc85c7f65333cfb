import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import httpProxy from 'http-proxy-3'
import { dropHopByHop, hostOf, isBodyless, prepareRequest } from './headers.ts'
import { type OwnAnswerKind, sendOwnAnswer, sendOwnAnswerOnSocket } from './own-answer.ts'
import type { RouteTable } from './route-table.ts'
import { ConnectedAgent, connectUpstream } from './upstream.ts'

/** How long the ingress waits for a release. */
export interface ProxyLimits {
  connectTimeoutMs: number
  /** From the end of the request to the first byte of the answer. */
  firstByteTimeoutMs: number
  /**
   * Pauses before further attempts, on the route as it is then. They bridge a release that restarts; a
   * request is sent again only when nothing of it was used: no connection, or a GET/HEAD without any answer.
   */
  retryDelaysMs: number[]
}

/** The pauses add up to 1.9 s: a Node application restarted in the sandbox answers within that. */
export const defaultProxyLimits: ProxyLimits = {
  connectTimeoutMs: 5_000,
  firstByteTimeoutMs: 60_000,
  retryDelaysMs: [20, 80, 200, 400, 600, 600],
}

/** The library wants an address; the agent brings a connected socket, so this one is never resolved. */
const anyTarget = { host: 'release', port: 80, protocol: 'http:' }

/** Time for the release to answer a websocket's end with its own. */
const halfOpenMs = 1_000

type Outcome = 'answered' | 'client-gone' | Extract<OwnAnswerKind, 'broken' | 'timed-out'>

/** The two listeners of the ingress's HTTP server. */
export interface ProxyHandlers {
  request(req: IncomingMessage, res: ServerResponse): void
  upgrade(req: IncomingMessage, socket: Socket, head: Buffer): void
}

/** Routes requests and websockets by Host to the releases of the table, counting each exactly once. */
export function createProxyHandlers(
  table: RouteTable,
  limits: ProxyLimits = defaultProxyLimits,
): ProxyHandlers {
  const proxy = httpProxy.createProxyServer({ toProxy: true })
  const answers = new WeakMap<IncomingMessage, (answer: IncomingMessage) => void>()
  proxy.on('proxyRes', (answer, req) => {
    dropHopByHop(answer.headers)
    answers.get(req)?.(answer)
  })
  // Errors reach the callback of each request; without a listener the library throws them.
  proxy.on('error', () => undefined)
  proxy.before('web', 'stream', restoreFraming)

  function forward(
    req: IncomingMessage,
    res: ServerResponse,
    socket: Socket,
    headers: Record<string, string>,
  ) {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    let expired = false
    const timer = setTimeout(() => {
      expired = true
      socket.destroy()
    }, limits.firstByteTimeoutMs)
    const bodyMoved = () => timer.refresh()
    const closed = () => settle(res.writableFinished ? 'answered' : 'client-gone')
    const settle = (outcome: Outcome) => {
      clearTimeout(timer)
      answers.delete(req)
      res.off('close', closed)
      req.off('data', bodyMoved)
      resolve(outcome)
    }
    const bodyless = isBodyless(req)
    res.once('close', closed)
    answers.set(req, (answer) => {
      clearTimeout(timer)
      req.off('data', bodyMoved)
      answer.on('error', () => undefined)
      answer.once('close', () => {
        if (answer.complete) return
        settle('broken')
        res.destroy()
      })
    })
    const agent = new ConnectedAgent(socket)
    // An ended request cannot be piped a second time; one without a body is sent with an empty one.
    const buffer = bodyless ? Readable.from([]) : undefined
    proxy.web(req, res, { target: anyTarget, agent, headers, ...(buffer ? { buffer } : {}) }, () => {
      settle(expired ? 'timed-out' : res.destroyed ? 'client-gone' : 'broken')
    })
    // A long upload is not a slow answer: the limit counts from its last byte.
    if (!bodyless) req.on('data', bodyMoved)
    return promise
  }

  /** Connects to the host's release, trying again while it is away; undefined when it stays away. */
  async function reach(host: string, attempts: Iterator<number>, gone: () => boolean) {
    for (;;) {
      const route = table.find(host)
      if (!route) return { kind: 'unknown-host' as const }
      table.begin(route)
      const socket = await connectUpstream(route.socketPath, limits.connectTimeoutMs).catch(() => undefined)
      if (socket) return { kind: 'connected' as const, route, socket }
      const pause = attempts.next()
      if (pause.done || gone()) return { kind: 'unreachable' as const, route }
      table.abandon(route)
      await delay(pause.value)
    }
  }

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const host = hostOf(req.headers.host)
    let headers: Record<string, string>
    try {
      headers = prepareRequest(req)
    } catch {
      return sendOwnAnswer(req, res, 'bad-request', host)
    }
    const attempts = limits.retryDelaysMs[Symbol.iterator]()
    const repeatable = (req.method === 'GET' || req.method === 'HEAD') && isBodyless(req)
    for (;;) {
      const reached = await reach(host, attempts, () => res.destroyed)
      if (reached.kind === 'unknown-host') return sendOwnAnswer(req, res, reached.kind, host)
      if (reached.kind === 'unreachable') {
        table.finish(reached.route, !res.destroyed)
        return sendOwnAnswer(req, res, reached.kind, host)
      }
      if (res.destroyed) {
        reached.socket.destroy()
        return table.finish(reached.route, false)
      }
      const outcome = await forward(req, res, reached.socket, headers)
      const pause = outcome === 'broken' && repeatable && !res.headersSent ? attempts.next() : undefined
      if (pause && !pause.done) {
        table.abandon(reached.route)
        await delay(pause.value)
        continue
      }
      table.finish(reached.route, isError(outcome, res))
      if (outcome === 'broken' || outcome === 'timed-out') sendOwnAnswer(req, res, outcome, host)
      return
    }
  }

  async function serveUpgrade(req: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const host = hostOf(req.headers.host)
    // A client that leaves while we connect is no reason to fall.
    socket.on('error', () => undefined)
    const headers = prepareRequest(req, req.headers.upgrade)
    req.headers.upgrade = headers['upgrade']
    const reached = await reach(host, limits.retryDelaysMs[Symbol.iterator](), () => socket.destroyed)
    if (reached.kind !== 'connected') {
      if (reached.kind === 'unreachable') table.finish(reached.route, true)
      return sendOwnAnswerOnSocket(socket, reached.kind, host)
    }
    const { route, socket: upstream } = reached
    if (socket.destroyed) {
      upstream.destroy()
      table.finish(route, false)
      return
    }
    let failed = false
    // A server's sockets stay half open; a websocket has no use for half a connection.
    socket.once('end', () => setTimeout(() => socket.destroy(), halfOpenMs).unref())
    socket.once('close', () => {
      upstream.destroy()
      table.finish(route, failed)
    })
    const agent = new ConnectedAgent(upstream)
    proxy.ws(req, socket, head, { target: anyTarget, agent, headers }, () => {
      failed = true
    })
  }

  return {
    request(req, res) {
      serve(req, res).catch(() => sendOwnAnswer(req, res, 'broken', hostOf(req.headers.host)))
    },
    upgrade(req, socket, head) {
      serveUpgrade(req, socket, head).catch(() => socket.destroy())
    },
  }
}

function isError(outcome: Outcome, res: ServerResponse): boolean {
  if (outcome === 'client-gone') return false
  return outcome !== 'answered' || res.statusCode >= 500
}

/** The library gives a DELETE with a chunked body a length of 0; its bytes would then be read as a request. */
function restoreFraming(req: IncomingMessage): void {
  const chunked = req.rawHeaders.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'transfer-encoding')
  if (!chunked) return
  req.headers['transfer-encoding'] = 'chunked'
  delete req.headers['content-length']
}
