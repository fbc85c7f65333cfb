import type { ReadStream, WriteStream } from 'node:tty'
import { Failure } from '@signalbox/core/base/failure.ts'
import { ShellMessage, type ShellRequest, shellPath } from '@signalbox/core/contract/shell.ts'
import { type RawData, WebSocket } from 'ws'
import { connectionFailure, failureOf } from './api-failure.ts'

/** A terminal, and the job in whose state the shell is to be. */
export interface OpenShell {
  baseUrl: string
  token: string | undefined
  job: string
  stdin: ReadStream
  stdout: WriteStream
  signal: AbortSignal
}

/** How a shell ended; without a code it was ended, and `reason` says by what. */
export interface ShellEnd {
  code: number | null
  reason?: string
}

/**
 * Hands this terminal to a shell in the state in which a job failed, in raw mode, until the shell ends or the
 * signal aborts; the terminal is as before then. Throws the Failure that server or worker answer with, and
 * `connection-refused` or `unreachable`.
 */
export async function openShell(options: OpenShell): Promise<ShellEnd> {
  const { stdin, stdout } = options
  const socket = connect(options)
  const onKeys = (keys: Buffer) => {
    if (socket.readyState === socket.OPEN) socket.send(keys)
  }
  const onResize = () => {
    const { columns, rows } = sizeOf(stdout)
    const message: ShellRequest = { type: 'resize', columns, rows }
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
  }
  const onAbort = () => socket.terminate()
  options.signal.addEventListener('abort', onAbort, { once: true })
  stdin.setRawMode(true)
  stdin.resume()
  stdin.on('data', onKeys)
  stdout.on('resize', onResize)
  try {
    return await follow(socket, options)
  } finally {
    stdin.off('data', onKeys)
    stdout.off('resize', onResize)
    options.signal.removeEventListener('abort', onAbort)
    stdin.setRawMode(false)
    stdin.pause()
    socket.terminate()
  }
}

function connect({ baseUrl, token, job, stdout }: OpenShell): WebSocket {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const path = shellPath(job, sizeOf(stdout))
  return new WebSocket(`${baseUrl.replace(/^http/, 'ws')}${path}`, {
    headers,
    handshakeTimeout: 10_000,
    maxPayload: 4 * 1024 * 1024,
  })
}

function sizeOf(stdout: WriteStream): { columns: number; rows: number } {
  return { columns: Math.max(1, stdout.columns || 80), rows: Math.max(1, stdout.rows || 24) }
}

function follow(socket: WebSocket, { baseUrl, stdout }: OpenShell): Promise<ShellEnd> {
  return new Promise((resolve, reject) => {
    let cause: unknown
    let opened = false
    socket.on('open', () => {
      opened = true
    })
    socket.on('message', (data, isBinary) => {
      if (isBinary) return void stdout.write(bytesOf(data))
      const message = ShellMessage.safeParse(parseJson(data))
      if (!message.success) return
      if (message.data.type === 'exit') resolve(message.data)
      if (message.data.type === 'error') {
        const { code, message: text, hint } = message.data
        reject(new Failure(code, text, hint === undefined ? {} : { hint }))
      }
    })
    socket.on('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        if (body.length < 65_536) body += chunk.toString('utf8')
      })
      response.on('end', () => reject(failureOf(response.statusCode ?? 0, parse(body), baseUrl)))
    })
    socket.on('error', (error) => {
      cause = error
    })
    socket.on('close', () => {
      if (!opened) reject(connectionFailure(baseUrl, cause))
      else resolve({ code: null, reason: 'The connection ended.' })
    })
  })
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}

function parseJson(data: RawData): unknown {
  return parse(Buffer.from(bytesOf(data)).toString('utf8'))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
