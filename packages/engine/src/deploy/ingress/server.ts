import { chmod, mkdir, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { Socket } from 'node:net'
import { Failure } from '@signalbox/core/base/failure.ts'
import { writeFileAtomic } from '../atomic-file.ts'
import { callControl } from './control-call.ts'
import { createControlServer } from './control-server.ts'
import { ingressPaths } from './paths.ts'
import { findPortHolder } from './port-holder.ts'
import { createProxyHandlers, type ProxyLimits } from './proxy.ts'
import { RouteTable } from './route-table.ts'
import type { ProcessFile } from './schema.ts'

/** Requests that are open when the ingress is stopped get this long to end. */
const stopGraceMs = 5_000

/** A serving ingress, inside its own process (or a test). */
export interface RunningIngress {
  port: number
  /** Stops taking requests, lets open ones end for up to 5 s, and leaves the stored routes as they are. */
  stop(): Promise<void>
  stopped: Promise<void>
}

/**
 * Serves the stored routes on 127.0.0.1:port and the control API on its socket. The bound port is the lock of
 * the data folder. Failures: `ingress-running`, `port-in-use` (names the holder), `routes-unreadable`.
 */
export async function startIngress(options: {
  dataDir: string
  port: number
  limits?: ProxyLimits
}): Promise<RunningIngress> {
  const paths = ingressPaths(options.dataDir)
  await mkdir(paths.folder, { recursive: true, mode: 0o700 })
  await refuseSecond(paths.controlSocket)
  const table = await RouteTable.load(paths.routesFile)
  const handlers = createProxyHandlers(table, options.limits)
  const server = createServer(
    {
      headersTimeout: 30_000,
      requestTimeout: 600_000,
      // Longer than clients keep idle connections: one closed here just as it is used again is a lost request.
      keepAliveTimeout: 75_000,
      // Other upgrades (h2c) are declined by answering the request as it is (RFC 9110 7.8).
      shouldUpgradeCallback: (req) => req.headers.upgrade?.toLowerCase() === 'websocket',
    },
    handlers.request,
  )
  // The HTTP server forgets a connection once it is upgraded.
  const upgraded = new Set<Socket>()
  server.on('upgrade', (req, socket, head) => {
    if (!(socket instanceof Socket)) return socket.destroy()
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    handlers.upgrade(req, socket, head)
  })
  const port = await listenLoopback(server, options.port)
  const self: ProcessFile = { pid: process.pid, port, startedAt: new Date().toISOString() }

  // Before the first answer: whoever has seen it answer can find it later, even when it hangs.
  await writeFileAtomic(paths.processFile, JSON.stringify(self))

  const { promise: stopped, resolve: resolveStopped } = Promise.withResolvers<void>()
  let stopping = false
  const stop = async () => {
    if (stopping) return stopped
    stopping = true
    await Promise.all([closeServer(server, upgraded), closeServer(control, new Set())])
    await removeOwn(paths.processFile, self.pid)
    resolveStopped()
  }
  const control = createControlServer({ table, self, stop: () => void stop() })
  await rm(paths.controlSocket, { force: true })
  await new Promise<void>((resolve, reject) => {
    control.once('error', reject)
    control.listen(paths.controlSocket, resolve)
  })
  // The folder is 0700 already, so the moment before this mode holds nobody in.
  await chmod(paths.controlSocket, 0o600)
  return { port, stop, stopped }
}

async function refuseSecond(controlSocket: string): Promise<void> {
  const answer = await callControl(controlSocket, { method: 'GET', path: '/health', timeoutMs: 2_000 }).catch(
    () => null,
  )
  if (answer) throw new Failure('ingress-running', 'An ingress already serves this data folder.')
}

function listenLoopback(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  server.once('error', (error) => {
    if (!('code' in error) || error.code !== 'EADDRINUSE') return reject(error)
    portInUse(port).then(reject, reject)
  })
  server.listen(port, '127.0.0.1', () => {
    const address = server.address()
    resolve(typeof address === 'object' && address ? address.port : port)
  })
  return promise
}

/** The Failure `port-in-use` for a port, naming the process that holds it where it can be seen. */
export async function portInUse(port: number): Promise<Failure> {
  const holder = await findPortHolder(port)
  const by = holder ? `process ${holder.pid} (${holder.command})` : 'a process that cannot be seen from here'
  return new Failure('port-in-use', `Port ${port} is taken by ${by}.`, {
    hint: 'Stop that process, or choose another port for the ingress.',
  })
}

async function closeServer(server: Server, upgraded: Set<Socket>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  const timer = setTimeout(() => {
    server.closeAllConnections()
    for (const socket of upgraded) socket.destroy()
  }, stopGraceMs)
  await closed
  clearTimeout(timer)
}

/** A successor may have written its own file already. */
async function removeOwn(processFile: string, pid: number): Promise<void> {
  const text = await readFile(processFile, 'utf8').catch(() => '')
  if (text.includes(`"pid":${pid},`)) await rm(processFile, { force: true })
}
