import { Failure } from '@signalbox/core/base/failure.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { LocalForge } from './create-local-forge.ts'
import type { GitHttpDeps, GitProject, GitUser } from './http.ts'
import { limited, readOut } from './request-body.ts'
import { takeTree } from './take-tree.ts'

/** A turn of an agent that a worker has in hand: what it made stands on this commit. */
export interface HeldTurn {
  base: string
}

/** The type of what a worker sends: a thin pack. */
export const packType = 'application/x-git-packed-objects'

type Repository = FastifyRequest<{ Params: { repository: string } }>

interface Deps extends Pick<GitHttpDeps, 'heldTurn'> {
  forge: LocalForge
  maxPushBytes: number
  projectFor(
    request: Repository,
    reply: FastifyReply,
  ): Promise<{ user: GitUser; project: GitProject } | undefined>
  refuse(reply: FastifyReply, status: number, text: string): FastifyReply
}

/**
 * `POST /git/<slug>.git/turns/<job>?fence=&tree=`: the files that a turn of an agent left on the machine of a
 * worker, as a pack on top of the commit that the turn began from. For workers, and only for the one that holds the
 * job. It brings objects and moves nothing: the branch follows when the job's result is stored, behind the same fence.
 */
export function takeTurns(app: FastifyInstance, deps: Deps): void {
  const { refuse } = deps
  app.post<{ Params: { repository: string; job: string }; Querystring: Record<string, unknown> }>(
    '/git/:repository/turns/:job',
    async (request, reply) => {
      const found = await deps.projectFor(request, reply)
      if (!found) return reply
      const { user, project } = found
      reply.raw.once('finish', () => readOut(request.raw))
      if (!user.anyCommit) return refuse(reply, 403, 'Only workers bring what agents made.')
      if (request.headers['content-type'] !== packType) return refuse(reply, 415, `Send ${packType}.`)
      const { tree } = request.query
      const held = { projectId: project.id, jobId: request.params.job, fence: Number(request.query['fence']) }
      const turn = Number.isSafeInteger(held.fence) ? await deps.heldTurn?.(held) : undefined
      if (!turn) return refuse(reply, 409, 'This turn is not in the hands of that worker.')
      const pack = limited(request.body, deps.maxPushBytes)
      if (!pack || typeof tree !== 'string') return refuse(reply, 400, 'Name a tree, and send its pack.')
      try {
        const repository = { runGit: deps.forge.runGit, gitDir: deps.forge.gitDir(project.id) }
        await takeTree(repository, { tree, base: turn.base, pack, maxBytes: deps.maxPushBytes })
        return reply.code(204).send()
      } catch (error) {
        const status = error instanceof Failure ? statuses[error.code] : undefined
        if (!(error instanceof Failure) || status === undefined) throw error
        return refuse(reply, status, error.message)
      }
    },
  )
}

const statuses: Record<string, number> = { 'too-large': 413, 'tree-refused': 422, 'unknown-commit': 422 }
