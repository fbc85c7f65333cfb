import { Failure } from '@signalbox/core/base/failure.ts'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { findArtifact } from '../db/artifacts.ts'
import { authorize } from './authorize.ts'
import { problemResponse } from './bind.ts'
import type { ServerDeps } from './server-deps.ts'

/** `GET /api/runs/:run/artifacts/:name`: an artifact as it was packed, a compressed tar archive. */
export async function serveArtifacts(app: FastifyInstance, deps: ServerDeps): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().route({
    method: 'GET',
    url: '/api/runs/:run/artifacts/:name',
    config: { permission: 'run.read' },
    schema: {
      operationId: 'downloadArtifact',
      tags: ['runs'],
      summary: 'An artifact of the run, as a compressed tar archive.',
      params: z.object({ run: z.uuid(), name: z.string().min(1).max(200) }),
      response: {
        200: {
          description: 'The archive.',
          content: { 'application/gzip': { schema: z.unknown() } },
        },
        default: problemResponse,
      },
    },
    onRequest: authorize(deps, 'run.read'),
    async handler(request, reply) {
      const { run, name } = request.params
      const row = await findArtifact(deps.db, { runId: run, name, now: deps.clock.now() })
      const blob = row && (await deps.blobs.get(row.blob_key))
      if (!blob) throw new Failure('not-found', 'There is no such artifact, or its days are over.')
      const file = encodeURIComponent(`${name}.tar.gz`)
      reply.header('cache-control', 'no-store')
      reply.header('content-disposition', `attachment; filename*=UTF-8''${file}`)
      reply.header('content-length', blob.info.sizeBytes)
      // What a job packed is never shown by a browser as a page of ours.
      reply.header('x-content-type-options', 'nosniff')
      reply.type('application/gzip')
      return reply.send(blob.data)
    },
  })
}
