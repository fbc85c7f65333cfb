import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LiveMessage, LiveRequest } from '@signalbox/core/contract/live.ts'
import {
  type RouteInput,
  type RouteName,
  type RouteResponse,
  routes,
} from '@signalbox/core/contract/routes.ts'
import type { Problem } from '@signalbox/core/contract/views/live.ts'
import { type WebSocket, WebSocketServer } from 'ws'

/** What a test's server answers to a route, or a problem. */
export type Answer<N extends RouteName> = (
  input: { params: Record<string, string> } & Partial<Pick<RouteInput<N>, 'query' | 'body'>>,
) => RouteResponse<N> | Problem

/** What it answers where; other routes are 404. */
export type Answers = { [N in RouteName]?: Answer<N> }

/**
 * For tests of the client only: a real HTTP server and live channel that stand in for Signalbox. It holds the
 * client to the contract: requests must parse, and so must what the test lets it answer.
 */
export interface StandInServer {
  baseUrl: string
  /** Method, path and authorization of every request. */
  seen: { method: string; url: string; authorization: string | undefined }[]
  /** Cuts every socket, as a restart does. */
  cutSockets(): void
  close(): Promise<void>
}

/** Starts it on a free port. `onLive` is told each live request of each socket. */
export async function startStandInServer(
  answers: Answers,
  onLive: (request: LiveRequest, send: (message: LiveMessage) => void, socket: WebSocket) => void = () => {},
): Promise<StandInServer> {
  const seen: StandInServer['seen'] = []
  const server = createServer((request, response) => {
    note(request)
    void answer(request, response)
  })
  const sockets = new WebSocketServer({ server, path: '/api/live' })
  sockets.on('connection', (socket, request) => {
    note(request)
    const send = (message: LiveMessage) => socket.send(JSON.stringify(LiveMessage.parse(message)))
    socket.on('message', (data) => onLive(LiveRequest.parse(JSON.parse(String(data))), send, socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  function note({ method = '', url = '', headers }: IncomingMessage): void {
    seen.push({ method, url, authorization: headers.authorization })
  }
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    for (const name of Object.keys(answers) as RouteName[]) {
      const params = match(name, request.method ?? '', url.pathname)
      if (!params) continue
      const route: { query?: Parser; body?: Parser; response: Parser } = routes[name]
      const query = route.query?.parse(Object.fromEntries(url.searchParams))
      const body = route.body?.parse(JSON.parse((await textOf(request)) || 'null'))
      const handler = answers[name] as (input: object) => unknown
      const result = handler({ params, query, body })
      if (isProblem(result)) return reply(response, result.status, result)
      return reply(response, 200, route.response.parse(result))
    }
    reply(response, 404, problem('not-found', 'There is no such thing.', 404))
  }

  return {
    baseUrl: `http://127.0.0.1:${port}`,
    seen,
    cutSockets() {
      for (const socket of sockets.clients) socket.terminate()
    },
    async close() {
      for (const socket of sockets.clients) socket.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Parser {
  parse(value: unknown): unknown
}

/** A problem as the server words them. */
export function problem(code: string, detail: string, status = 409, more: Partial<Problem> = {}): Problem {
  return { type: `urn:signalbox:problem:${code}`, title: 'Error', status, detail, code, ...more }
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' && value !== null && 'type' in value && 'title' in value && 'detail' in value
  )
}

function match(name: RouteName, method: string, path: string): Record<string, string> | undefined {
  const route = routes[name]
  if (route.method !== method) return undefined
  const wanted = route.path.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const value = decodeURIComponent(given[index] ?? '')
    if (part.startsWith(':')) params[part.slice(1)] = value
    else if (part !== value) return undefined
  }
  return params
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
