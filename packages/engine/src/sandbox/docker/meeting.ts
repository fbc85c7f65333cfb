import { randomBytes } from 'node:crypto'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { type ControlClient, controlOver } from '../linux/control/client.ts'

const TOKEN_BYTES = 32
const CALL_MS = 10_000

/**
 * Where a container and this process meet: a folder with sockets on which this process listens, seen read-only inside.
 * Nothing inside can replace one by a link to another service of the machine, and a call without the token that only
 * the init was told leads nowhere.
 */
export interface Meeting {
  /** To be mounted at /run/signalbox/host. */
  folder: string
  /** The first call is the init's: nothing else runs inside by then. */
  control(timeoutMs: number): Promise<ControlClient>
  /** A connection to a port inside, made by the init after `order` told it the token. */
  call(order: (token: string) => Promise<unknown>): Promise<Socket>
  close(): Promise<void>
}

/** Opens the sockets in a new folder. */
export async function openMeeting(folder: string): Promise<Meeting> {
  await mkdir(folder, { recursive: true, mode: 0o755 })
  const awaited = new Map<string, (socket: Socket) => void>()
  const control = createServer()
  const calls = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void answer(socket, awaited))
  await listen(control, join(folder, 'control.sock'))
  await listen(calls, join(folder, 'calls.sock'))

  return {
    folder,
    control: (timeoutMs) =>
      new Promise((resolve, reject) => {
        const late = new Failure('sandbox-no-answer', 'The container did not answer in time.', {
          retryable: true,
        })
        const timer = setTimeout(() => {
          control.close()
          reject(late)
        }, timeoutMs)
        control.once('connection', (socket) => {
          clearTimeout(timer)
          control.close()
          controlOver(socket, timeoutMs).then(resolve, reject)
        })
      }),
    async call(order) {
      const token = randomBytes(TOKEN_BYTES / 2).toString('hex')
      let timer: NodeJS.Timeout | undefined
      const called = new Promise<Socket>((resolve, reject) => {
        awaited.set(token, resolve)
        timer = setTimeout(
          () => reject(new Failure('sandbox-no-answer', 'The container did not open a port in time.')),
          CALL_MS,
        )
      })
      called.catch(() => {})
      try {
        await order(token)
        return await called
      } finally {
        clearTimeout(timer)
        awaited.delete(token)
      }
    },
    async close() {
      control.close()
      calls.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The token comes first; who knows none is hung up on. */
function answer(socket: Socket, awaited: Map<string, (socket: Socket) => void>): void {
  socket.on('error', () => {})
  const timer = setTimeout(() => socket.destroy(), CALL_MS)
  const onReadable = (): void => {
    const bytes: Buffer | null = socket.read(TOKEN_BYTES)
    if (bytes === null) return
    clearTimeout(timer)
    socket.off('readable', onReadable)
    const take = awaited.get(bytes.toString('latin1'))
    if (take) take(socket)
    else socket.destroy()
  }
  socket.on('readable', onReadable)
  socket.once('close', () => clearTimeout(timer))
}

/** Anybody may connect: the user inside is whoever the image says. The folder around is ours alone. */
async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  server.on('error', () => {})
  await chmod(path, 0o666)
}

/** Joins two connections, half-closes included; an error on one ends both. */
export function joinSockets(a: Socket, b: Socket): void {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroySoon())
    one.pipe(other)
  }
}
