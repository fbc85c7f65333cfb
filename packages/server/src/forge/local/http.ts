import type { Readable, Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { BranchRule } from '../port.ts'
import type { LocalForge } from './create-local-forge.ts'
import { type BackendResponse, type GitService, runHttpBackend } from './http-backend.ts'
import { refusalOf, refusingAnswer, tellingAnswer } from './push-answer.ts'
import { type PushCommand, type PushRequest, readPush } from './push-commands.ts'
import { limited, readOut } from './request-body.ts'
import { type HeldTurn, takeTurns } from './take-turns.ts'

/** Who pushes or fetches, as far as git cares. */
export interface GitUser {
  id: string
  name: string
  /** The API token that was shown. */
  tokenId?: string
  mayRead(projectId: string): boolean
  mayWrite(projectId: string): boolean
  /** A worker of ours: it fetches merge commits that no branch leads to. */
  anyCommit?: boolean
}

export interface GitProject {
  id: string
  ruleFor(branch: string): BranchRule
}

export interface StartedPush {
  /** It has ended, whatever it moved; what came of it, in lines for the person who pushed. */
  ended(commands: PushCommand[], user: GitUser): Promise<string[]>
}

/** A push whose commands were read. */
export interface NewPush {
  projectId: string
  user: GitUser
  commands: PushCommand[]
  request: FastifyRequest
}

export interface GitHttpDeps {
  forge: LocalForge
  /** Undefined: no such project. */
  findProject(slug: string): Promise<GitProject | undefined>
  /** The owner of an API token; undefined for a wrong one. Signed-in browsers have no business here. */
  authenticate(token: string): Promise<GitUser | undefined>
  /** A push is about to be taken: written down, so that a crash loses no notice of it. */
  startPush?(push: NewPush): Promise<StartedPush>
  /** A push was refused by a branch's rule, with a reason for each ref that is why. */
  refusePush?(push: NewPush, reasons: string[]): Promise<void>
  /** The turn of an agent whose job a worker holds by this fence; undefined: it is another's by now, or over. */
  heldTurn?(held: { projectId: string; jobId: string; fence: number }): Promise<HeldTurn | undefined>
  /** 512 MB. */
  maxPushBytes?: number
}

const services: readonly string[] = ['git-upload-pack', 'git-receive-pack']

function isService(name: unknown): name is GitService {
  return typeof name === 'string' && services.includes(name)
}

/**
 * Serves `/git/<slug>.git` to git clients (its smart HTTP protocol only). Sign in with an API token: as the
 * password of any user name, or as a bearer token. What a branch's rule forbids is refused before any object is
 * taken, and as a whole: when one branch of a push is refused, none moves.
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

  takeTurns(app, { ...deps, maxPushBytes, projectFor, refuse })

  /** Undefined: the request was answered, with why not. */
  async function projectFor(
    request: FastifyRequest<{ Params: { repository: string } }>,
    reply: FastifyReply,
  ): Promise<{ user: GitUser; project: GitProject } | undefined> {
    const token = tokenOf(request.headers.authorization)
    const user = token === undefined ? undefined : await deps.authenticate(token)
    if (!user) {
      reply.header('www-authenticate', 'Basic realm="Signalbox", charset="UTF-8"')
      refuse(reply, 401, 'Sign in with an API token as the password.')
      return undefined
    }
    const slug = /^(.+?)(?:\.git)?$/.exec(request.params.repository)?.[1] ?? ''
    const project = await deps.findProject(slug)
    // What somebody may not read is not there for them.
    if (project && user.mayRead(project.id)) return { user, project }
    refuse(reply, 404, 'There is no such repository.')
    return undefined
  }

  async function serve(
    request: FastifyRequest<{ Params: { repository: string } }>,
    reply: FastifyReply,
    what: { service: GitService; step: 'advertise' | 'exchange' },
  ) {
    const found = await projectFor(request, reply)
    if (!found) return reply
    const { user, project } = found
    if (what.service === 'git-receive-pack' && !user.mayWrite(project.id)) {
      return refuse(reply, 403, 'You may not push.')
    }
    reply.raw.once('finish', () => readOut(request.raw))
    const body = what.step === 'exchange' ? limited(request.body, maxPushBytes) : undefined
    if (body && what.service === 'git-receive-pack') return push(request, reply, { project, user, body })
    const answer = await toGit(request, project, user, { ...what, body, noForcePush: true })
    return send(reply, answer)
  }

  function toGit(
    request: FastifyRequest,
    project: GitProject,
    user: GitUser,
    what: {
      service: GitService
      step: 'advertise' | 'exchange'
      body: Readable | undefined
      noForcePush: boolean
    },
  ): Promise<BackendResponse> {
    const zipped = what.service === 'git-upload-pack' ? request.headers['content-encoding'] : undefined
    return runHttpBackend({
      ...what,
      gitDir: deps.forge.gitDir(project.id),
      emptyHome: deps.forge.emptyHome,
      user: user.name,
      anyCommit: user.anyCommit === true,
      contentEncoding: zipped,
      protocolVersion: headerText(request.headers['git-protocol']),
      maxPushBytes,
      timeoutMs: 30 * 60_000,
    })
  }

  async function push(
    request: FastifyRequest,
    reply: FastifyReply,
    { project, user, body }: { project: GitProject; user: GitUser; body: Readable },
  ) {
    const read = await readPush(unzipped(body, request.headers['content-encoding'], maxPushBytes)).catch(
      (error: unknown) => error,
    )
    if (!isRequest(read)) {
      if (!(read instanceof Failure)) throw read
      return refuse(reply, read.code === 'too-large' ? 413 : 400, read.message)
    }
    const judged = read.commands.map((command) => ({ command, reason: refusalOf(command, project.ruleFor) }))
    const reasons = judged.flatMap(({ command, reason }) => (reason ? [`${command.ref}: ${reason}`] : []))
    const { commands } = read
    const asked = { projectId: project.id, user, commands, request }
    if (reasons.length > 0) {
      await deps.refusePush?.(asked, reasons)
      // Read to its end, and thrown away: a client that still sends would not read what it is told.
      for await (const _ of read.body);
      reply.header('cache-control', 'no-cache').type('application/x-git-receive-pack-result')
      return reply.send(
        refusingAnswer(judged, read.capabilities, [...reasons, 'Nothing of this push was taken.']),
      )
    }
    const noForcePush = read.commands.some(
      ({ ref }) => project.ruleFor(ref.replace(/^refs\/heads\//, '')).noForcePush,
    )
    const started = commands.length > 0 ? await deps.startPush?.(asked) : undefined
    let told: Promise<string[]> | undefined
    const ended = () => (told ??= started?.ended(read.commands, user) ?? Promise.resolve([]))
    try {
      const what = { service: 'git-receive-pack', step: 'exchange', body: read.body, noForcePush } as const
      const answer = await toGit(request, project, user, what)
      // Also when the client goes away in the middle: what git has moved by then has moved.
      answer.body.once('close', () => void ended())
      return send(reply, answer, tellingAnswer(read.capabilities, ended))
    } catch (error) {
      await ended()
      throw error
    }
  }

  function send(reply: FastifyReply, answer: BackendResponse, through?: Transform): FastifyReply {
    // A client that goes away ends git, whatever it is at.
    reply.raw.on('close', () => answer.body.destroy())
    if (through) {
      answer.body.on('error', (error) => through.destroy(error))
      answer.body.on('close', () => {
        if (!answer.body.readableEnded) through.destroy(new Error('git was ended'))
      })
    }
    reply.code(answer.status).headers(answer.headers)
    return reply.send(through ? answer.body.pipe(through) : answer.body)
  }
}

function isRequest(read: unknown): read is PushRequest {
  return typeof read === 'object' && read !== null && 'commands' in read
}

/** The commands are read by us, so what is packed for the way is unpacked here, and counted again. */
function unzipped(body: Readable, encoding: string | undefined, maxBytes: number): Readable {
  if (encoding !== 'gzip') return body
  const plain = createGunzip()
  body.on('error', (error) => plain.destroy(error))
  return limited(body.pipe(plain), maxBytes) ?? body
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
