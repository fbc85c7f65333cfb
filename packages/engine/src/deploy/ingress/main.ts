import { isAbsolute, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Failure } from '@signalbox/core/base/failure.ts'
import { startIngress } from './server.ts'

/** Codes of sysexits.h: 64 usage, 75 temporary failure, 1 anything else. */
const exitCodes: Record<string, number> = { usage: 64, 'port-in-use': 75, 'ingress-running': 75 }

function readOptions(): { dataDir: string; port: number } {
  const { values } = parseArgs({ options: { data: { type: 'string' }, port: { type: 'string' } } })
  const port = Number(values.port)
  if (!values.data || !Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Failure('usage', 'Usage: main.ts --data DIR --port N')
  }
  return { dataDir: isAbsolute(values.data) ? values.data : resolve(values.data), port }
}

function log(message: string): void {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), pid: process.pid, message })}\n`)
}

try {
  process.umask(0o077)
  const ingress = await startIngress(readOptions())
  log(`serving on 127.0.0.1:${ingress.port}`)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void ingress.stop())
  // It outlives the terminal it was started from.
  process.on('SIGHUP', () => undefined)
  // One request's fault must not end everybody's traffic.
  process.on('uncaughtException', (error) => log(`uncaught: ${error.stack ?? error.message}`))
  process.on('unhandledRejection', (error) => log(`unhandled: ${String(error)}`))
  await ingress.stopped
  log('stopped')
  process.exit(0)
} catch (error) {
  log(error instanceof Failure ? `${error.code}: ${error.message}` : String(error))
  process.exit(error instanceof Failure ? (exitCodes[error.code] ?? 1) : 1)
}
