import { request } from 'node:http'
import { Failure } from '@signalbox/core/base/failure.ts'
import { ControlError } from './schema.ts'

/** One call of the ingress's control API. */
export interface ControlCall {
  method: 'GET' | 'PUT' | 'DELETE' | 'POST'
  path: string
  query?: Record<string, string>
  body?: unknown
  timeoutMs: number
}

/**
 * Makes one call over the control socket and returns its JSON. Failure `ingress-down` (retryable) when nothing
 * answers there, else the code that the ingress gave.
 */
export async function callControl(controlSocket: string, call: ControlCall): Promise<unknown> {
  const { status, text } = await exchange(controlSocket, call).catch((cause) => {
    throw new Failure('ingress-down', 'The ingress does not answer on its control socket.', {
      cause,
      retryable: true,
      hint: 'It is started with the server; see ingress.log in the data folder.',
    })
  })
  const json: unknown = JSON.parse(text)
  if (status === 200) return json
  const { code, message } = ControlError.parse(json)
  throw new Failure(code, `The ingress refused: ${message}`)
}

function exchange(socketPath: string, call: ControlCall): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const query = call.query ? `?${new URLSearchParams(call.query)}` : ''
  const req = request({
    socketPath,
    method: call.method,
    path: call.path + query,
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(call.timeoutMs),
    agent: false,
  })
  req.on('error', reject)
  req.on('response', (res) => {
    const chunks: Buffer[] = []
    res.on('data', (chunk: Buffer) => chunks.push(chunk))
    res.on('error', reject)
    res.on('end', () =>
      resolve({ status: res.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
    )
  })
  req.end(call.body === undefined ? undefined : JSON.stringify(call.body))
  return promise
}
