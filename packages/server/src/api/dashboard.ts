import fastifyStatic from '@fastify/static'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { methodsFor } from './bind.ts'
import { markPublic } from './docs.ts'
import { problem, sendProblem } from './problem.ts'

/** Paths that belong to programs: what is missing there is a problem, never the dashboard's page. */
const programPaths = /^\/(api|git|health)(\/|$)/

/** Serves the built dashboard at `/`, its page for every address of its own, and 404 and 405 for the rest. */
export async function serveDashboard(app: FastifyInstance, folder: string | undefined): Promise<void> {
  app.setNotFoundHandler((request, reply) => answerUnknown(request, reply, folder !== undefined))
  if (folder === undefined) return
  // On the root, so that the page can be sent from the answer to unknown addresses; only its routes are marked.
  let registering = true
  app.addHook('onRoute', (route) => {
    if (registering) markPublic(route)
  })
  await app.register(fastifyStatic, {
    root: folder,
    index: ['index.html'],
    dotfiles: 'deny',
    redirect: false,
    cacheControl: false,
    // Beside each file lies a smaller form of it: a third of the bytes over a network.
    preCompressed: true,
    setHeaders(reply, path) {
      // Vite names these files by their content; the page itself must always be asked for.
      const forever = path.includes('/assets/')
      reply.header('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  registering = false
}

function answerUnknown(request: FastifyRequest, reply: FastifyReply, built: boolean): FastifyReply {
  const path = request.url.split('?', 1)[0] ?? ''
  const methods = methodsFor(path)
  if (methods.length > 0 && !methods.includes(request.method === 'HEAD' ? 'GET' : request.method)) {
    reply.header('allow', methods.join(', '))
    const failure = new Failure('method-not-allowed', `${path} does not take ${request.method}.`)
    return sendProblem(request, reply, failure)
  }
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const isPage = isRead && !programPaths.test(path) && !/\.[a-z0-9]+$/i.test(path)
  if (isPage && built) return reply.type('text/html; charset=utf-8').sendFile('index.html')
  if (isPage) {
    const answer = problem(503, 'unavailable', 'The dashboard is not built yet.', {
      hint: 'npm start builds it; the API is at /api/docs.',
    })
    reply.code(503).type('application/problem+json; charset=utf-8').serializer(JSON.stringify)
    return reply.send(answer)
  }
  return sendProblem(request, reply, new Failure('not-found', `There is nothing at ${path}.`))
}
