import { createServer, type RequestListener, request, type Server } from 'node:http'
import { connect } from 'node:net'

/** A stand-in for a release in the ingress's tests: a real HTTP server on a unix socket. */
export interface TestRelease {
  socketPath: string
  server: Server
  /** Ends it as kill -9 would: open connections break. */
  kill(): Promise<void>
}

/** Listens on socketPath with the given handler. */
export async function startTestRelease(socketPath: string, handler: RequestListener): Promise<TestRelease> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  return {
    socketPath,
    server,
    async kill() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** One answer as a test looks at it. */
export interface TestAnswer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** Asks the ingress on a port for a host name. */
export function ask(
  port: number,
  options: { host: string; path?: string; method?: string; headers?: Record<string, string>; body?: string },
): Promise<TestAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<TestAnswer>()
  const req = request({
    host: '127.0.0.1',
    port,
    path: options.path ?? '/',
    method: options.method ?? 'GET',
    headers: { host: options.host, ...options.headers },
    agent: false,
  })
  req.on('error', reject)
  req.on('response', (res) => {
    let body = ''
    res.setEncoding('utf8')
    res.on('data', (text: string) => {
      body += text
    })
    res.on('error', reject)
    res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body }))
  })
  req.end(options.body)
  return promise
}

/** Sends raw bytes and returns everything that comes back until the other side closes. */
export function askRaw(port: number, bytes: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  socket.on('error', reject)
  socket.on('close', () => resolve(text))
  socket.write(bytes)
  return promise
}
