import { request } from 'node:http'
import type { HealthResult } from '../port.ts'

/** A health result, and whether anything spoke HTTP at all. */
export interface SocketHealth extends HealthResult {
  answered: boolean
}

/** What a person reads for the errors that a check meets. */
const words: Record<string, string> = {
  ENOENT: 'not started',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'nothing listens on its port',
  EPIPE: 'nothing listens on its port',
}

/** GET over a unix socket; 200 to 399 is healthy. Never throws; ends within timeoutMs. */
export function checkSocket(socketPath: string, path: string, timeoutMs: number): Promise<SocketHealth> {
  const begun = performance.now()
  const { promise, resolve } = Promise.withResolvers<SocketHealth>()
  const end = (healthy: boolean, answered: boolean, what: string) => {
    const durationMs = Math.round(performance.now() - begun)
    resolve({ healthy, answered, detail: answered ? `${what} in ${durationMs} ms` : what, durationMs })
  }
  const signal = AbortSignal.timeout(timeoutMs)
  const req = request({
    socketPath,
    path,
    agent: false,
    signal,
    headers: { host: 'localhost', 'user-agent': 'signalbox-health', accept: '*/*' },
  })
  req.on('error', (error) => {
    if (signal.aborted) return end(false, false, `no answer within ${timeoutMs} ms`)
    const code = 'code' in error ? String(error.code) : ''
    end(false, false, words[code] ?? (code || 'no HTTP answer'))
  })
  req.on('response', (res) => {
    const status = res.statusCode ?? 0
    end(status >= 200 && status < 400, true, `HTTP ${status}`)
    // The status is enough: a release may not keep us reading.
    res.on('error', () => undefined)
    res.destroy()
  })
  req.end()
  return promise
}
