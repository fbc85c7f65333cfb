import { once } from 'node:events'
import { createServer } from 'node:http'
import { bridgeBase } from '../sandbox/egress/model-broker.ts'
import type { SandboxProvider } from '../sandbox/port.ts'
import { createServices, type Services, type ServicesOptions } from './services.ts'

/**
 * The services where a sandbox of this provider reaches them: by the bridge inside, whose proxy hands requests to
 * `handle`; on a port of this machine's own loopback for a provider that has no network of its own.
 */
export async function openServices(
  provider: Pick<SandboxProvider, 'unsafe'>,
  options: Omit<ServicesOptions, 'base'>,
): Promise<Services> {
  if (!provider.unsafe) return createServices({ ...options, base: bridgeBase })
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const services = createServices({ ...options, base: `http://127.0.0.1:${port}` })
  server.on('request', (req, res) => {
    if (!services.handle(req, res)) res.writeHead(404, { 'content-type': 'text/plain' }).end('Not here.\n')
  })
  return {
    ...services,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await services.close()
    },
  }
}
