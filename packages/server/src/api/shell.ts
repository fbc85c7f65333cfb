import { createHash, randomBytes } from 'node:crypto'
import { createBoundedList } from '@signalbox/core/base/bounded-list.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { liveCloseCodes } from '@signalbox/core/contract/live-close-codes.ts'
import { type ShellMessage, ShellRequest } from '@signalbox/core/contract/shell.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type RawData, WebSocket } from 'ws'
import { projectOf } from '../db/project-of.ts'
import { insertShell } from '../db/shells.ts'
import { audited } from './audit.ts'
import { authorize, principalIn } from './authorize.ts'
import type { ConnectionLimit } from './connection-limit.ts'
import { concernsAccess } from './follow-events.ts'
import type { ServerDeps } from './server-deps.ts'
import { shellTarget } from './shell-target.ts'

const maxUnsentBytes = 1 << 20
const handshakeMs = 10_000
const maxEarly = { maxItems: 1000, maxBytes: 1 << 20 }
const beatMs = 30_000

/**
 * GET /api/jobs/:job/shell/connect, a WebSocket that speaks contract/shell.ts: the server checks who asks, makes
 * a ticket, and hands bytes to and fro between the terminal and the worker that has the state.
 */
export function serveShell(app: FastifyInstance, deps: ServerDeps, limit: ConnectionLimit): void {
  const permission = 'run.shell'
  const check = authorize(deps, permission)
  const open = new Set<WebSocket>()
  app.addHook('preClose', async () => {
    for (const socket of open) socket.terminate()
  })
  app.route<{ Params: { job: string }; Querystring: Record<string, string> }>({
    method: 'GET',
    url: '/api/jobs/:job/shell/connect',
    config: { permission },
    onRequest: check,
    handler: (_request, reply) => reply.code(426).header('upgrade', 'websocket').send(),
    wsHandler(socket, request) {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
      const leave = limit.take(principalIn(request).userId)
      if (!leave) {
        socket.on('error', () => {})
        say(socket, errorMessage(tooMany(limit)))
        return socket.close(liveCloseCodes.tooMany)
      }
      socket.on('close', leave)
      const again = () => check.call(app, request, unusedReply)
      relay(deps, { socket, request, jobId: request.params.job, again }).catch((error: unknown) => {
        if (!(error instanceof Failure)) request.log.error({ err: error }, 'a shell could not be opened')
        say(socket, errorMessage(error))
        socket.close()
      })
    },
  })
}

/** The check of a request asks nothing of its reply. */
const unusedReply = {} as FastifyReply

interface Relay {
  socket: WebSocket
  request: FastifyRequest
  jobId: string
  /** Throws when the person may not any more. */
  again: () => Promise<void>
}

async function relay(deps: ServerDeps, { socket, request, jobId, again }: Relay): Promise<void> {
  // What is typed before the shell is there waits; who types more than that loses the rest of it.
  const early = createBoundedList<[data: RawData, isBinary: boolean]>(maxEarly)
  let take = (data: RawData, isBinary: boolean): void => {
    early.add([data, isBinary], sizeOfData(data))
  }
  socket.on('message', (data, isBinary) => take(data, isBinary))
  socket.on('error', () => {})
  const { socketPath, ticket } = await makeTicket(deps, request, jobId)
  const { columns, rows } = sizeOf(request.query)
  const worker = new WebSocket(`ws+unix:${socketPath}:/?columns=${columns}&rows=${rows}`, {
    headers: { 'x-signalbox-ticket': ticket },
    handshakeTimeout: handshakeMs,
    maxPayload: 4 * 1024 * 1024,
  })
  const look = () => {
    again().catch((error: unknown) => {
      // A database that is away for a moment signs nobody out.
      if (error instanceof Failure && error.code !== 'database-lost') end(worker, socket)
    })
  }
  const beat = setInterval(() => {
    socket.ping()
    look()
  }, beatMs)
  const principal = principalIn(request)
  const leave = deps.events.subscribe({
    onEvents: (events) => {
      if (events.some((event) => concernsAccess(principal, event))) look()
    },
  })
  socket.on('close', () => {
    clearInterval(beat)
    leave()
    worker.close()
    setTimeout(() => worker.terminate(), 1000).unref()
  })
  if (socket.readyState !== socket.OPEN) return end(worker, socket)
  worker.on('open', () => {
    take = (data, isBinary) => {
      worker.send(data, { binary: isBinary }, () => socket.resume())
      if (worker.bufferedAmount > maxUnsentBytes) socket.pause()
    }
    for (const [data, isBinary] of early.takeAll()) take(data, isBinary)
  })
  worker.on('message', (data, isBinary) => {
    socket.send(data, { binary: isBinary }, () => worker.resume())
    if (socket.bufferedAmount > maxUnsentBytes) worker.pause()
  })
  worker.on('error', (error) => {
    request.log.warn({ err: error }, 'the connection to a worker broke')
    say(socket, {
      type: 'error',
      code: 'worker-unreachable',
      message: 'The worker that has the state does not answer.',
      hint: 'Try again; when it goes on, look at the log of the worker.',
    })
  })
  worker.on('close', () => socket.close())
}

function tooMany({ max }: ConnectionLimit): Failure {
  return new Failure('too-many-connections', `You have ${max} shells open already.`, {
    hint: 'Close one of them. SIGNALBOX_MAX_SHELLS says how many a person may have.',
  })
}

function sizeOfData(data: RawData): number {
  return Array.isArray(data) ? data.reduce((sum, part) => sum + part.byteLength, 0) : data.byteLength
}

function end(worker: WebSocket, socket: WebSocket): void {
  worker.on('error', () => {})
  worker.terminate()
  socket.close()
}

async function makeTicket(
  deps: ServerDeps,
  request: FastifyRequest,
  jobId: string,
): Promise<{ socketPath: string; ticket: string }> {
  const projectId = await projectOf(deps.db, 'job', jobId)
  const id = newId()
  const body = { shell: id }
  const write = {
    action: 'openShell',
    request,
    params: { job: jobId },
    body,
    projectId,
    state: async () => ({}),
  }
  return await audited(deps.db, write, async () => {
    const { state, socketPath } = await shellTarget(deps, jobId)
    const ticket = randomBytes(32).toString('base64url')
    const { userId } = principalIn(request)
    const ticketHash = createHash('sha256').update(ticket).digest()
    const shell = { id, jobId, snapshotId: state.id, userId, ticketHash, now: deps.clock.now() }
    await insertShell(deps.db, shell)
    return { socketPath, ticket }
  })
}

function sizeOf(query: unknown): { columns: number; rows: number } {
  const { columns, rows } =
    typeof query === 'object' && query ? Object.fromEntries(Object.entries(query)) : {}
  const parsed = ShellRequest.safeParse({ type: 'resize', columns: Number(columns), rows: Number(rows) })
  return parsed.success ? parsed.data : { columns: 80, rows: 24 }
}

function say(socket: WebSocket, message: ShellMessage): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
}

function errorMessage(error: unknown): ShellMessage {
  if (!(error instanceof Failure)) {
    return { type: 'error', code: 'internal', message: 'The server met an error; its log has the details.' }
  }
  const { code, message, hint } = error
  return { type: 'error', code, message, ...(hint === undefined ? {} : { hint }) }
}
