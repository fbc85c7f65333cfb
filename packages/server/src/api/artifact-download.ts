import { artifactFile, tarMediaType, zipMediaType } from '@signalbox/core/base/artifact-file.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { findArtifact } from '../db/artifacts.ts'
import { authorize } from './authorize.ts'
import { problemResponse } from './bind.ts'
import type { ServerDeps } from './server-deps.ts'

/** `GET /api/runs/:run/artifacts/:name`: an artifact as it is kept: a compressed tar archive, a zip, or one file. */
export async function serveArtifacts(app: FastifyInstance, deps: ServerDeps): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().route({
    method: 'GET',
    url: '/api/runs/:run/artifacts/:name',
    config: { permission: 'run.read' },
    schema: {
      operationId: 'downloadArtifact',
      tags: ['runs'],
      summary:
        'An artifact of the run, as it is kept: a compressed tar archive, a zip archive, or a single file.',
      params: z.object({ run: z.uuid(), name: z.string().min(1).max(200) }),
      response: {
        200: {
          description: 'The archive.',
          content: {
            [tarMediaType]: { schema: z.unknown() },
            [zipMediaType]: { schema: z.unknown() },
            'application/octet-stream': { schema: z.unknown() },
          },
        },
        default: problemResponse,
      },
    },
    onRequest: authorize(deps, 'run.read'),
    async handler(request, reply) {
      const { run, name } = request.params
      const row = await findArtifact(deps.db, { runId: run, name, now: deps.clock.now() })
      const blob = row && (await deps.blobs.get(row.blob_key))
      if (!row || !blob) throw new Failure('not-found', 'There is no such artifact, or its days are over.')
      const file = encodeURIComponent(artifactFile(name, row.media_type))
      reply.header('cache-control', 'no-store')
      reply.header('content-disposition', `attachment; filename*=UTF-8''${file}`)
      reply.header('content-length', blob.info.sizeBytes)
      // What a job packed is never shown by a browser as a page of ours.
      reply.header('x-content-type-options', 'nosniff')
      const archive = row.media_type === tarMediaType || row.media_type === zipMediaType
      reply.type(archive ? row.media_type : 'application/octet-stream')
      return reply.send(blob.data)
    },
  })
}
