import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import { markPublic } from './docs.ts'

/**
 * Lets pages of the listed origins read answers of the API; off without any. Never with cookies: such a page
 * sends an API token that a person gave it.
 */
export async function allowOrigins(app: FastifyInstance, origins: string[]): Promise<void> {
  if (origins.length === 0) return
  // Answers to what a browser asks before it asks: they say no more than the list.
  app.addHook('onRoute', (route) => {
    if (route.method === 'OPTIONS' && route.url === '*') markPublic(route)
  })
  await app.register(cors, {
    origin: origins,
    credentials: false,
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type'],
    exposedHeaders: ['x-request-id'],
    maxAge: 600,
    hook: 'onRequest',
  })
}
