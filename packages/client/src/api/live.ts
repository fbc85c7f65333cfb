import { Failure } from '@signalbox/core/base/failure.ts'
import { LiveMessage, type LiveRequest } from '@signalbox/core/contract/live.ts'
import { liveCloseCodes } from '@signalbox/core/contract/live-close-codes.ts'
import { WebSocket } from 'ws'
import { connectionFailure, failureOf } from './api-failure.ts'

/** What a live channel needs of the API: where, and by which token. */
export interface LiveOptions {
  baseUrl: string
  token: string | undefined
  signal: AbortSignal
  /** What to say on each connection: the request that goes on where the last message left off. */
  request(): LiveRequest
  /** False: that was the last one wanted. Each call is awaited before the next message. */
  onMessage(message: LiveMessage): Promise<boolean> | boolean
  /** The channel broke and is tried again after so long. */
  onRetry?(waitMs: number): void
  /** How often in a row it may fail to connect before it is given up. */
  maxAttempts?: number
}

const firstWaitMs = 250
const longestWaitMs = 10_000
/** The server pings every 30 s; a socket that is silent for longer has lost its other end. */
const silenceMs = 75_000

type Ending = { why: 'done' } | { why: 'lost'; opened: boolean; cause: unknown }

/**
 * Holds one conversation on /api/live until `onMessage` says that it has enough or the signal aborts; comes
 * back by itself with a growing wait when the connection breaks. Throws what `onMessage` throws, an
 * ApiFailure when the server refuses, a Failure `connection-refused` or `unreachable` when it stays away.
 */
export async function holdLive(options: LiveOptions): Promise<void> {
  const maxAttempts = options.maxAttempts ?? 30
  let failed = 0
  while (!options.signal.aborted) {
    const ending = await converse(options)
    if (ending.why === 'done' || options.signal.aborted) return
    failed = ending.opened ? 1 : failed + 1
    if (failed >= maxAttempts) throw connectionFailure(options.baseUrl, ending.cause)
    const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** (failed - 1)) * (0.75 + Math.random() / 2)
    options.onRetry?.(Math.round(wait))
    await pause(wait, options.signal)
  }
}

/** One connection, from its opening to its end. */
function converse(options: LiveOptions): Promise<Ending> {
  const { baseUrl, token, signal } = options
  return new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const socket = new WebSocket(`${baseUrl.replace(/^http/, 'ws')}/api/live`, {
      headers,
      handshakeTimeout: 10_000,
      maxPayload: 16 * 1024 * 1024,
    })
    let opened = false
    let cause: unknown
    let settled = false
    let queue: Promise<void> = Promise.resolve()
    let silence: NodeJS.Timeout | undefined

    function heard(): void {
      clearTimeout(silence)
      silence = setTimeout(() => socket.terminate(), silenceMs)
      silence.unref()
    }
    function settle(act: () => void): void {
      if (settled) return
      settled = true
      clearTimeout(silence)
      signal.removeEventListener('abort', onAbort)
      socket.close()
      setTimeout(() => socket.terminate(), 1000).unref()
      act()
    }
    function onAbort(): void {
      settle(() => resolve({ why: 'done' }))
    }
    async function take(text: string): Promise<void> {
      if (settled) return
      const message = LiveMessage.safeParse(parseJson(text))
      if (!message.success)
        throw new Failure('bad-answer', 'The live channel said something that is not ours.')
      if (message.data.type === 'error') throw new Failure(message.data.code, message.data.message)
      if (!(await options.onMessage(message.data))) settle(() => resolve({ why: 'done' }))
    }

    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('open', () => {
      opened = true
      heard()
      socket.send(JSON.stringify(options.request()))
    })
    socket.on('ping', heard)
    socket.on('message', (data, isBinary) => {
      heard()
      if (isBinary) return
      queue = queue.then(() => take(String(data))).catch((error: unknown) => settle(() => reject(error)))
    })
    socket.on('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        if (body.length < 65_536) body += chunk.toString('utf8')
      })
      response.on('end', () => {
        const status = response.statusCode ?? 0
        // Not ready yet is worth another try; a refusal is not.
        if (status >= 500) settle(() => resolve({ why: 'lost', opened, cause: new Error(`HTTP ${status}`) }))
        else settle(() => reject(failureOf(status, parseJson(body), baseUrl)))
      })
    })
    socket.on('error', (error) => {
      cause = error
    })
    socket.on('close', (code) => {
      if (code === liveCloseCodes.signedOut) {
        settle(() => reject(new Failure('not-signed-in', 'The token was revoked while this was following.')))
      }
      // What was received before the end still counts.
      void queue.then(() => settle(() => resolve({ why: 'lost', opened, cause })))
    })
  })
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
