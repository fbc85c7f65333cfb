import { chmod, rename } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { Failure } from '@signalbox/core/base/failure.ts'

/**
 * A listening unix socket that a child process inherits as a number. The host makes it, so the sandbox never
 * sees its folder: it cannot replace the socket by a link to another service of the host.
 */
export interface InheritedListener {
  fd: number
  /** Lets go of our copy; the child's stays open and the file in its place. */
  release(): void
}

/** The descriptor of a listening server; Node has no public way to hand a listener to a foreign program. */
function descriptorOf(server: Server): number {
  const handle: unknown = Reflect.get(server, '_handle')
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined
  if (typeof fd !== 'number' || fd < 0)
    throw new Failure('sandbox-listener', 'Node does not tell the number of a listening socket.')
  return fd
}

/** Listens at a path. It is made beside and renamed, because closing our copy removes the path that it was made at. */
export async function inheritedListener(path: string): Promise<InheritedListener> {
  const server = createServer()
  const temporary = `${path}.new`
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(temporary, 512, resolve)
  })
  await chmod(temporary, 0o600)
  await rename(temporary, path)
  return { fd: descriptorOf(server), release: () => void server.close() }
}
