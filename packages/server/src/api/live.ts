import { type LiveMessage, LiveRequest } from '@signalbox/core/contract/live.ts'
import { liveCloseCodes as closeCodes } from '@signalbox/core/contract/live-close-codes.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { may } from '../auth/principal.ts'
import { projectOf } from '../db/project-of.ts'
import { cursorIsGone } from '../events/cursor.ts'
import { authorize, principalIn, stillSignedIn } from './authorize.ts'
import type { ConnectionLimit } from './connection-limit.ts'
import { concernsAccess, followEvents } from './follow-events.ts'
import { followLog, type LogFollower } from './log-follower.ts'
import type { ServerDeps } from './server-deps.ts'
import { type LogReads, shareLogReads } from './shared-log-reads.ts'

/** Unsent bytes at which a client counts as too slow: it is cut and comes back with its cursor. */
const maxUnsentBytes = 2 * 1024 * 1024
const maxLogs = 32
const beatMs = 30_000

/** The live channel: GET /api/live, a WebSocket that speaks contract/live.ts; as many for a person as the limit says. */
export function serveLive(app: FastifyInstance, deps: ServerDeps, limit: ConnectionLimit): void {
  const permission = 'change.read'
  const open = new Set<WebSocket>()
  const reads = shareLogReads(deps)
  // A server that stops does not wait for clients that no longer answer; they come back with their cursors.
  app.addHook('preClose', async () => {
    reads.close()
    for (const socket of open) socket.terminate()
  })
  app.route({
    method: 'GET',
    url: '/api/live',
    config: { permission },
    onRequest: authorize(deps, permission, { acrossProjects: true }),
    handler: (_request, reply) => reply.code(426).header('upgrade', 'websocket').send(),
    wsHandler(socket, request) {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
      const leave = limit.take(principalIn(request).userId)
      if (!leave) return turnAway(socket, limit)
      socket.on('close', leave)
      serveSocket(deps, reads, socket, request)
    },
  })
}

/** A page cannot read the status of an upgrade that was refused, so it is told on the socket. */
function turnAway(socket: WebSocket, { max }: ConnectionLimit): void {
  const text = `You have ${max} live connections open already.`
  const message: LiveMessage = { type: 'error', code: 'too-many-connections', message: text }
  socket.on('error', () => {})
  socket.send(JSON.stringify(message))
  socket.close(closeCodes.tooMany, text)
  setTimeout(() => socket.terminate(), 1000).unref()
}

function serveSocket(deps: ServerDeps, reads: LogReads, socket: WebSocket, request: FastifyRequest): void {
  const principal = principalIn(request)
  const logs = new Map<string, LogFollower>()
  let unsubscribe: (() => void) | undefined
  let stopped = false
  let subscriptions = 0
  // Jobs move by events; the follower of a log asks about its job only then.
  const unwatchJobs = deps.events.subscribe({
    onEvents(events) {
      if (events.some((event) => concernsAccess(principal, event))) lookAgain()
      for (const event of events) if (event.jobId !== null) logs.get(event.jobId)?.jobMoved()
    },
  })

  /** Resolves when the bytes have left; a client that does not take them is cut. */
  function send(message: LiveMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      if (socket.readyState !== socket.OPEN) return reject(new Error('the socket is closed'))
      if (socket.bufferedAmount > maxUnsentBytes) {
        cut(closeCodes.tooSlow, 'too slow: come back with your cursor')
        return reject(new Error('the client is too slow'))
      }
      socket.send(JSON.stringify(message), (error) => (error ? reject(error) : resolve()))
    })
  }
  /** Events cannot wait for the client: what does not fit ends the socket. */
  function push(message: LiveMessage): void {
    send(message).catch(() => {})
  }
  function cut(code: number, reason: string): void {
    stop()
    socket.close(code, reason)
    // A client that reads nothing never answers the close.
    setTimeout(() => socket.terminate(), 1000).unref()
  }
  /** Everything that this socket shows was decided when it was opened: it ends, and comes back with its cursor. */
  function lookAgain(): void {
    stop()
    stillSignedIn(deps, request).then(
      (signedIn) =>
        signedIn
          ? cut(closeCodes.accessChanged, 'what you may see has changed: come back with your cursor')
          : cut(closeCodes.signedOut, 'signed out'),
      () => cut(closeCodes.unavailable, 'the server cannot look who you are now'),
    )
  }
  function stop(): void {
    stopped = true
    clearInterval(beat)
    unwatchJobs()
    unsubscribe?.()
    unsubscribe = undefined
    for (const log of logs.values()) log.stop()
    logs.clear()
  }

  async function startEvents(after: number | undefined): Promise<void> {
    unsubscribe?.()
    unsubscribe = undefined
    const mine = ++subscriptions
    const gone = () => mine !== subscriptions || socket.readyState !== socket.OPEN
    // Answered from now on: by a cursor that is not its own the client knows that it must load anew.
    const lost = after !== undefined && (await cursorIsGone(deps.db, after))
    const cursor = after === undefined || lost ? await deps.events.latestCursor() : after
    if (gone()) return
    push({ type: 'ready', cursor })
    const end = await followEvents(
      deps,
      { after: cursor, principal },
      {
        gone,
        async send(events) {
          await Promise.all(events.map((event) => send({ type: 'event', event })))
        },
        push(events) {
          for (const event of events) push({ type: 'event', event })
        },
      },
    )
    if (gone()) end()
    else unsubscribe = end
  }

  function follow(wanted: Extract<LiveRequest, { type: 'log' }>): void {
    const { job, attempt, after } = wanted
    logs.get(job)?.stop()
    if (logs.size >= maxLogs) {
      const message = `At most ${maxLogs} logs at once on one socket.`
      push({ type: 'error', code: 'too-many-logs', message })
      return
    }
    const follower = followLog(reads, { job, attempt, after }, send, () => {
      if (logs.get(job) === follower) logs.delete(job)
    })
    logs.set(job, follower)
  }

  /** A log of a project that they do not see is one of no job at all. */
  async function askThenFollow(wanted: Extract<LiveRequest, { type: 'log' }>): Promise<void> {
    const projectId = await projectOf(deps.db, 'job', wanted.job)
    if (stopped) return
    if (projectId !== undefined && may(principal, 'run.read', projectId)) return follow(wanted)
    push({ type: 'error', code: 'not-found', message: 'There is no such job.' })
  }
  function followIfSeen(wanted: Extract<LiveRequest, { type: 'log' }>): void {
    if (may(principal, 'run.read')) follow(wanted)
    else askThenFollow(wanted).catch(() => cut(closeCodes.unavailable, 'the job could not be read'))
  }

  let answered = true
  const beat = setInterval(() => {
    if (!answered) return socket.terminate()
    answered = false
    socket.ping()
    stillSignedIn(deps, request)
      .then((signedIn) => signedIn || cut(closeCodes.signedOut, 'signed out'))
      // A database that is away for a moment signs nobody out.
      .catch(() => {})
  }, beatMs)
  socket.on('pong', () => {
    answered = true
  })
  socket.on('close', stop)
  socket.on('error', stop)
  socket.on('message', (data, isBinary) => {
    if (stopped) return
    const parsed = isBinary ? undefined : LiveRequest.safeParse(parseJson(String(data)))
    if (!parsed?.success) {
      push({ type: 'error', code: 'invalid-request', message: 'That is no message of contract/live.ts.' })
      return
    }
    const message = parsed.data
    if (message.type === 'log') followIfSeen(message)
    else if (message.type === 'log_stop') logs.get(message.job)?.stop()
    else startEvents(message.after).catch(() => cut(closeCodes.unavailable, 'the events could not be read'))
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
