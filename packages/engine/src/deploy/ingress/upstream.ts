import { Agent, type ClientRequestArgs } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * Connects to a release's socket before any byte of the request is read, so that a release that is not
 * there costs nothing but another attempt. Rejects with the connection's error or after timeoutMs.
 */
export function connectUpstream(socketPath: string, timeoutMs: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connect(socketPath)
  const timer = setTimeout(() => socket.destroy(new Error('connecting took too long')), timeoutMs)
  // Stays for good: an error between the connection and its first request has no other listener.
  socket.on('error', reject)
  socket.once('connect', () => {
    clearTimeout(timer)
    resolve(socket)
  })
  socket.once('close', () => clearTimeout(timer))
  return promise
}

/** An agent that hands out one socket that is connected already, for exactly one request. */
export class ConnectedAgent extends Agent {
  readonly #socket: Socket

  constructor(socket: Socket) {
    super({ keepAlive: false })
    this.#socket = socket
  }

  override createConnection(_options: ClientRequestArgs): Duplex {
    return this.#socket
  }
}
