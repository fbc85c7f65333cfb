import { createServer, type IncomingMessage } from 'node:http'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { isMetricsToken } from '../auth/metrics-token.ts'

const loopback = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i

/** The page of a worker's figures. */
export interface MetricsPage {
  /** Resolves when it listens, with its port; 0 asks for a free one. */
  listening: Promise<number>
  close(): Promise<void>
}

/**
 * Serves `/metrics` on loopback, to whoever is on this machine; only with the token when there is a file of one. A
 * port that is taken (by the worker before this one, which still ends) is tried for again: no job waits for it.
 */
export function serveMetrics(
  registry: Registry,
  options: {
    port: number
    tokenFile: string | undefined
    log: Pick<Logger, 'warn' | 'error'>
    againMs?: number
  },
): MetricsPage {
  const { log, port, againMs = 5000 } = options
  const server = createServer((request, response) => {
    answer(registry, options.tokenFile, request).then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      (error: unknown) => {
        log.error({ err: error }, 'the metrics could not be read')
        response.writeHead(500).end()
      },
    )
  })
  let timer: NodeJS.Timeout | undefined
  let told = false
  const listening = new Promise<number>((resolve) => {
    server.on('listening', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
  const listen = () => server.listen(port, '127.0.0.1')
  server.on('error', (error) => {
    if (!told) log.warn({ err: error, port }, 'the port for metrics cannot be had; it is tried for again')
    told = true
    timer = setTimeout(listen, againMs)
  })
  listen()
  return {
    listening,
    async close() {
      clearTimeout(timer)
      server.removeAllListeners('error')
      if (!server.listening) return
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const text = 'text/plain; charset=utf-8'

async function answer(
  registry: Registry,
  tokenFile: string | undefined,
  request: IncomingMessage,
): Promise<{ status: number; type: string; body: string }> {
  // A page in a browser of this machine must not read it by a name of its own.
  if (!loopback.test(request.headers.host ?? '')) {
    return { status: 421, type: text, body: 'Ask for it by a name of loopback.\n' }
  }
  if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') {
    return { status: 404, type: text, body: 'Only GET /metrics is here.\n' }
  }
  if (tokenFile !== undefined && !(await isMetricsToken(tokenFile, request.headers.authorization))) {
    return {
      status: 401,
      type: text,
      body: 'Send the token of SIGNALBOX_METRICS_TOKEN_FILE as a bearer token.\n',
    }
  }
  return { status: 200, type: registry.contentType, body: await registry.metrics() }
}
