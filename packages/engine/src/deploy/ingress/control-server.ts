import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import type { RouteTable } from './route-table.ts'
import { HostName, type ProcessFile, Route } from './schema.ts'

/** A drain may be waited for this long in one call. */
const maxDrainMs = 600_000
const maxBodyBytes = 64 * 1024

const DrainQuery = z.object({
  releaseId: z.string(),
  timeoutMs: z.coerce.number().int().min(0).max(maxDrainMs),
})

/** What the control API acts on. */
export interface ControlDependencies {
  table: RouteTable
  /** This process, as `health` answers it. */
  self: ProcessFile
  /** Called once the answer to `stop` is out. */
  stop(): void
}

type Handler = (
  d: ControlDependencies,
  call: { query: URLSearchParams; body: string },
) => Promise<unknown> | unknown

/** Method and path to what they do; the answer is JSON. */
const handlers: Record<string, Handler> = {
  'GET /health': (d) => d.self,
  'GET /routes': (d) => d.table.list(),
  'PUT /routes': (d, { body }) => d.table.set(Route.parse(JSON.parse(body))),
  'DELETE /routes': (d, { query }) => d.table.remove(HostName.parse(query.get('host'))),
  'GET /drained': async (d, { query }) => {
    const { releaseId, timeoutMs } = DrainQuery.parse(Object.fromEntries(query))
    return { drained: await d.table.drained(releaseId, timeoutMs) }
  },
  'POST /stop': (d) => {
    setImmediate(() => d.stop())
    return {}
  },
}

/** The control API: JSON over HTTP, for the unix socket that only the ingress's own user can open. */
export function createControlServer(dependencies: ControlDependencies): Server {
  return createServer((req, res) => {
    answer(dependencies, req, res).catch((error) => sendError(res, error))
  })
}

async function answer(d: ControlDependencies, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = new URL(req.url ?? '/', 'http://ingress')
  const handler = handlers[`${req.method} ${url.pathname}`]
  if (!handler) throw new Failure('unknown-call', `The ingress has no call ${req.method} ${url.pathname}.`)
  const result = await handler(d, { query: url.searchParams, body: await readBody(req) })
  res.writeHead(200, { 'content-type': 'application/json' })
  res.end(JSON.stringify(result ?? {}))
}

function sendError(res: ServerResponse, error: unknown): void {
  const isInput = error instanceof z.ZodError || error instanceof SyntaxError
  const code = error instanceof Failure ? error.code : isInput ? 'invalid-input' : 'ingress-error'
  const message = error instanceof Error ? error.message : String(error)
  res.writeHead(isInput || error instanceof Failure ? 400 : 500, { 'content-type': 'application/json' })
  res.end(JSON.stringify({ code, message }))
}

async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req) {
    size += chunk.length
    if (size > maxBodyBytes)
      throw new Failure('body-too-large', `A control call holds at most ${maxBodyBytes} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
