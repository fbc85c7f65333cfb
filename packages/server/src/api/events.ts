import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { LiveMessage } from '@signalbox/core/contract/live.ts'
import type { LiveEvent } from '@signalbox/core/contract/views/live.ts'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { cursorIsGone } from '../events/cursor.ts'
import { authorize, principalIn, stillSignedIn } from './authorize.ts'
import type { ConnectionLimit } from './connection-limit.ts'
import { concernsAccess, followEvents } from './follow-events.ts'
import type { ServerDeps } from './server-deps.ts'

const maxUnsentBytes = 2 * 1024 * 1024
const beatMs = 15_000
const retryAfterSeconds = 30

const Resume = z.object({ after: z.coerce.number().int().min(0).optional() })
const LastEventId = z.coerce.number().int().min(0).optional().catch(undefined)

/**
 * Server-sent events at GET /api/events: every live event with its cursor as id. `?after=` or the header
 * Last-Event-ID (which wins: browsers send it when they come back) says where to go on; else from now on. The first
 * message says from where: by a cursor that is not its own a client knows that it must load everything anew.
 * Failure `too-many-connections` when the person has as many as the limit says.
 */
export function serveEvents(app: FastifyInstance, deps: ServerDeps, limit: ConnectionLimit): void {
  const permission = 'change.read'
  const open = new Set<PassThrough>()
  app.addHook('preClose', async () => {
    for (const stream of open) stream.destroy()
  })
  app.route<{ Querystring: z.infer<typeof Resume> }>({
    method: 'GET',
    url: '/api/events',
    config: { permission },
    schema: { querystring: Resume },
    onRequest: authorize(deps, permission, { acrossProjects: true }),
    async handler(request, reply) {
      const resumed = LastEventId.parse(request.headers['last-event-id'])
      const asked = resumed ?? request.query.after
      const known = asked !== undefined && !(await cursorIsGone(deps.db, asked))
      const cursor = known ? asked : await deps.events.latestCursor()
      const principal = principalIn(request)
      const leave = limit.take(principal.userId)
      if (!leave) {
        reply.header('retry-after', retryAfterSeconds)
        throw new Failure('too-many-connections', `You have ${limit.max} live connections open already.`, {
          hint: 'Close one of them. SIGNALBOX_MAX_LIVE_CONNECTIONS says how many a person may have.',
        })
      }
      const stream = new PassThrough({ highWaterMark: 64 * 1024 })
      open.add(stream)
      const write = (text: string) => {
        // Nobody reads fast enough: end it; the client comes back with its last id and misses nothing.
        if (stream.readableLength + stream.writableLength > maxUnsentBytes) stream.destroy()
        else if (!stream.destroyed) stream.write(text)
      }
      // Its id is remembered by browsers, so that a lost connection resumes from here.
      const ready: LiveMessage = { type: 'ready', cursor }
      write(`retry: 1000\nid: ${cursor}\ndata: ${JSON.stringify(ready)}\n\n`)
      let end = () => {}
      const unwatch = deps.events.subscribe({
        onEvents(events) {
          // It comes back with its last id, and then as who it is now.
          if (events.some((event) => concernsAccess(principal, event))) stream.destroy()
        },
      })
      followEvents(
        deps,
        { after: cursor, principal },
        {
          gone: () => stream.destroyed,
          async send(events) {
            if (!stream.write(events.map(eventText).join(''))) await once(stream, 'drain')
          },
          push: (events) => write(events.map(eventText).join('')),
        },
      ).then(
        (unsubscribe) => {
          end = unsubscribe
          if (stream.destroyed) end()
        },
        () => stream.destroy(),
      )
      const beat = setInterval(() => {
        write(': beat\n\n')
        stillSignedIn(deps, request)
          .then((signedIn) => signedIn || stream.end())
          .catch(() => {})
      }, beatMs)
      stream.on('close', () => {
        clearInterval(beat)
        unwatch()
        end()
        leave()
        open.delete(stream)
      })
      reply.raw.on('close', () => stream.destroy())
      reply.header('content-type', 'text/event-stream; charset=utf-8')
      reply.header('cache-control', 'no-store')
      reply.header('x-accel-buffering', 'no')
      return reply.send(stream)
    },
  })
}

function eventText(event: LiveEvent): string {
  return `id: ${event.id}\ndata: ${JSON.stringify({ type: 'event', event })}\n\n`
}
