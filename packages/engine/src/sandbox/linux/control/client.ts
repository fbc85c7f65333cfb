import { connect, type Socket } from 'node:net'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import { createDecoder, encodeFrame, FRAME } from './frames.ts'

const Exit = z.object({
  code: z.number().int().nullable(),
  signal: z.string().max(20).nullable(),
  killed: z.boolean(),
})
const Done = z.object({
  ok: z.boolean(),
  code: z.string().max(60).optional(),
  message: z.string().max(4000).optional(),
  absent: z.boolean().optional(),
  services: z
    .array(z.object({ key: z.string().max(20), argv: z.array(z.string()).max(1000) }))
    .max(1000)
    .optional(),
})
const Hello = z.object({ version: z.number().int() })
const Wait = z.object({ wait: z.boolean() })

/** How a command inside ended, as the init saw it. */
export type Exit = z.infer<typeof Exit>
/** The answer to a request that is not a command. */
export type Done = z.infer<typeof Done>

/** What one channel hears; `lost` is called at most once and instead of an ending. */
export interface ChannelListener {
  onOutput?(stream: 'stdout' | 'stderr', chunk: Buffer): void
  /** The command was begun, or taken up. */
  onStarted?(): void
  onExit?(exit: Exit): void
  onDone?(done: Done): void
  onWait?(wait: boolean): void
  onLost(): void
}

/** The control connection to one sandbox. Owns its socket; `ended` resolves when it is gone. */
export interface ControlClient {
  /** Whether its init tells that a command has begun; releases that run since before it did do not. */
  readonly tellsStart: boolean
  open(listener: ChannelListener): number
  send(type: number, channel: number, payload?: unknown): void
  /** Resolves when what was sent has left this process. */
  flushed(): Promise<void>
  release(channel: number): void
  readonly ended: Promise<void>
  close(): void
}

function parse<T>(schema: z.ZodType<T>, payload: Buffer): T | undefined {
  try {
    return schema.safeParse(JSON.parse(payload.toString('utf8'))).data
  } catch {
    return undefined
  }
}

/** Hands a frame to its channel; false when it makes no sense, and then nobody inside is believed any more. */
function deliver(listener: ChannelListener, type: number, payload: Buffer): boolean {
  if (type === FRAME.stdout) listener.onOutput?.('stdout', payload)
  else if (type === FRAME.stderr) listener.onOutput?.('stderr', payload)
  else if (type === FRAME.started) listener.onStarted?.()
  else if (type === FRAME.ack) {
    const ack = parse(Wait, payload)
    if (!ack) return false
    listener.onWait?.(ack.wait)
  } else if (type === FRAME.exit) {
    const exit = parse(Exit, payload)
    if (!exit) return false
    listener.onExit?.(exit)
  } else if (type === FRAME.done) {
    const done = parse(Done, payload)
    if (!done) return false
    listener.onDone?.(done)
  } else return false
  return true
}

/** Connects and waits for the init's greeting; throws `sandbox-no-answer` when there is none in time. */
export function connectControl(path: string, timeoutMs: number): Promise<ControlClient> {
  return controlOver(connect(path), timeoutMs)
}

/** The same over a connection that the init made. */
export function controlOver(socket: Socket, timeoutMs: number): Promise<ControlClient> {
  return new Promise((resolve, reject) => {
    const listeners = new Map<number, ChannelListener>()
    let nextChannel = 1
    const timer = setTimeout(() => fail('did not answer in time'), timeoutMs)
    let over: () => void = () => {}
    const ended = new Promise<void>((done) => {
      over = done
    })

    function fail(what: string): void {
      socket.destroy()
      reject(new Failure('sandbox-no-answer', `The sandbox ${what}.`, { retryable: true }))
    }

    function onFrame(type: number, channel: number, payload: Buffer): void {
      if (type === FRAME.hello) {
        clearTimeout(timer)
        const tellsStart = (parse(Hello, payload)?.version ?? 0) >= 2
        resolve(createClient(socket, listeners, ended, { tellsStart, nextChannel: () => nextChannel++ }))
        return
      }
      const listener = listeners.get(channel)
      if (listener && !deliver(listener, type, payload)) socket.destroy()
    }

    socket.on(
      'data',
      createDecoder(onFrame, () => socket.destroy()),
    )
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      over()
      fail('closed its control connection')
      for (const listener of listeners.values()) listener.onLost()
      listeners.clear()
    })
  })
}

function createClient(
  socket: Socket,
  listeners: Map<number, ChannelListener>,
  ended: Promise<void>,
  { tellsStart, nextChannel }: { tellsStart: boolean; nextChannel: () => number },
): ControlClient {
  let corked = false

  /** What is said in one turn of the loop leaves in one system call. */
  function cork(): void {
    if (corked) return
    corked = true
    socket.cork()
    process.nextTick(() => {
      corked = false
      socket.uncork()
    })
  }

  return {
    tellsStart,
    open(listener) {
      const channel = nextChannel()
      listeners.set(channel, listener)
      if (socket.destroyed) queueMicrotask(() => listeners.delete(channel) && listener.onLost())
      return channel
    },
    send(type, channel, payload) {
      if (socket.destroyed) return
      cork()
      socket.write(encodeFrame(type, channel, payload))
    },
    flushed() {
      if (socket.destroyed || !socket.writableNeedDrain) return Promise.resolve()
      return new Promise((resolve) => {
        const done = (): void => {
          socket.off('drain', done)
          socket.off('close', done)
          resolve()
        }
        socket.on('drain', done)
        socket.on('close', done)
      })
    },
    release: (channel) => void listeners.delete(channel),
    ended,
    close: () => socket.destroy(),
  }
}
