import { type Readable, Transform } from 'node:stream'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { LocalForge } from './create-local-forge.ts'
import { type GitService, runHttpBackend } from './http-backend.ts'

/** Who pushes or fetches, as far as git cares. */
export interface GitUser {
  name: string
  mayRead(projectId: string): boolean
  mayWrite(projectId: string): boolean
}

export interface GitHttpDeps {
  forge: LocalForge
  /** Undefined: no such project. */
  findProject(slug: string): Promise<{ id: string; defaultBranch: string } | undefined>
  /** The owner of an API token; undefined for a wrong one. Signed-in browsers have no business here. */
  authenticate(token: string): Promise<GitUser | undefined>
  /** A push has ended, whatever it moved. */
  onPush?(projectId: string): void
  /** 512 MB. */
  maxPushBytes?: number
}

const services: readonly string[] = ['git-upload-pack', 'git-receive-pack']

function isService(name: unknown): name is GitService {
  return typeof name === 'string' && services.includes(name)
}

/**
 * Serves `/git/<slug>.git` to git clients (its smart HTTP protocol only). Sign in with an API token: as the
 * password of any user name, or as a bearer token. The default branch cannot be pushed to.
 */
export async function gitHttp(app: FastifyInstance, deps: GitHttpDeps): Promise<void> {
  const maxPushBytes = deps.maxPushBytes ?? 512 * 1024 * 1024
  app.removeAllContentTypeParsers()
  // The body stays a stream: packs are not held in memory, and are counted as they come.
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))

  app.get<{ Params: { repository: string }; Querystring: { service?: string } }>(
    '/git/:repository/info/refs',
    async (request, reply) => {
      const service = request.query.service
      if (!isService(service))
        return refuse(reply, 403, 'Only the smart HTTP protocol of git is spoken here.')
      return serve(request, reply, { service, step: 'advertise' })
    },
  )

  app.post<{ Params: { repository: string; service: string } }>(
    '/git/:repository/:service',
    async (request, reply) => {
      const service = request.params.service
      const expected = `application/x-${service}-request`
      if (!isService(service)) return refuse(reply, 404, 'There is nothing here.')
      if (request.headers['content-type'] !== expected) return refuse(reply, 415, `Send ${expected}.`)
      return serve(request, reply, { service, step: 'exchange' })
    },
  )

  async function serve(
    request: FastifyRequest<{ Params: { repository: string } }>,
    reply: FastifyReply,
    what: { service: GitService; step: 'advertise' | 'exchange' },
  ) {
    const token = tokenOf(request.headers.authorization)
    const user = token === undefined ? undefined : await deps.authenticate(token)
    if (!user) {
      reply.header('www-authenticate', 'Basic realm="Signalbox", charset="UTF-8"')
      return refuse(reply, 401, 'Sign in with an API token as the password.')
    }
    const slug = /^(.+?)(?:\.git)?$/.exec(request.params.repository)?.[1] ?? ''
    const project = await deps.findProject(slug)
    // What somebody may not read is not there for them.
    if (!project || !user.mayRead(project.id)) return refuse(reply, 404, 'There is no such repository.')
    if (what.service === 'git-receive-pack' && !user.mayWrite(project.id)) {
      return refuse(reply, 403, 'You may not push.')
    }
    // What git did not read to its end (a push that is too large) must not hold the connection open.
    reply.raw.on('finish', () => {
      if (!request.raw.readableEnded) request.raw.destroy()
    })
    const answer = await runHttpBackend({
      ...what,
      gitDir: deps.forge.gitDir(project.id),
      emptyHome: deps.forge.emptyHome,
      user: user.name,
      protectedBranch: project.defaultBranch,
      body: what.step === 'exchange' ? limited(request.body, maxPushBytes) : undefined,
      contentEncoding: request.headers['content-encoding'],
      protocolVersion: headerText(request.headers['git-protocol']),
      maxPushBytes,
      timeoutMs: 30 * 60_000,
    })
    if (what.service === 'git-receive-pack' && what.step === 'exchange') {
      answer.body.once('close', () => deps.onPush?.(project.id))
    }
    // A client that goes away ends git, whatever it is at.
    reply.raw.on('close', () => answer.body.destroy())
    return reply.code(answer.status).headers(answer.headers).send(answer.body)
  }
}

function limited(body: unknown, maxBytes: number): Readable | undefined {
  if (!isReadable(body)) return undefined
  let size = 0
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      if (size > maxBytes) done(new Failure('too-large', 'The push is larger than this server takes.'))
      else done(null, chunk)
    },
  })
  body.on('error', (error) => counter.destroy(error))
  body.on('close', () => {
    if (!body.readableEnded) counter.destroy(new Error('the client went away'))
  })
  return body.pipe(counter)
}

function isReadable(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && 'pipe' in body
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

/** The token of `Bearer <token>` or the password of `Basic …`; undefined when there is none. */
export function tokenOf(authorization: string | undefined): string | undefined {
  const [scheme = '', value = ''] = (authorization ?? '').split(' ', 2)
  if (scheme.toLowerCase() === 'bearer') return value || undefined
  if (scheme.toLowerCase() !== 'basic') return undefined
  const decoded = Buffer.from(value, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  return colon < 0 ? undefined : decoded.slice(colon + 1) || undefined
}

function refuse(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${text}\n`)
}
