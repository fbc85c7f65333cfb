import { connect, createServer, type Socket } from 'node:net'
import { Failure } from '@signalbox/core/base/failure.ts'

/** A loopback listener that leads to a unix socket; for browsers and tools that know TCP only. */
export async function listenOn(
  socketPath: string,
): Promise<{ url: string; port: number; close(): Promise<void> }> {
  const clients = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const inner = connect({ path: socketPath, allowHalfOpen: true })
    for (const [one, other] of [
      [client, inner],
      [inner, client],
    ] as const) {
      clients.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        clients.delete(one)
        other.destroySoon()
      })
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw new Failure('sandbox-listener', 'The loopback listener has no port.')
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const client of clients) client.destroy()
      }),
  }
}
