import { unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'

export interface TlsFiles {
  /** The certificate and those that lead to its authority, as PEM. */
  certFile: string
  /** Its key, as PEM. */
  keyFile: string
}

const lookEveryMs = 30_000

/**
 * Serves the same as the app by https on a port of its own, sockets included. A renewed certificate is taken up
 * without a restart; one that cannot be used is logged, and the one before stays. Failure `invalid-certificate`.
 */
export async function listenTls(
  app: FastifyInstance,
  input: TlsFiles & { host: string; port: number; log: Pick<Logger, 'info' | 'error'>; lookEveryMs?: number },
): Promise<{ close(): Promise<void> }> {
  const server: Server = createServer(
    { ...(await readPair(input)), minVersion: 'TLSv1.2', keepAliveTimeout: 72_000 },
    (request, response) => {
      response.setHeader('strict-transport-security', 'max-age=15552000')
      app.routing(request, response)
    },
  )
  server.on('upgrade', (request, socket, head) => app.server.emit('upgrade', request, socket, head))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(input.port, input.host, resolve)
  })
  async function renew(): Promise<void> {
    try {
      server.setSecureContext(await readPair(input))
      input.log.info({ certFile: input.certFile }, 'the renewed certificate is in use')
    } catch (error) {
      input.log.error({ err: error }, 'the certificate changed and cannot be used; the one before stays')
    }
  }
  const files = [input.certFile, input.keyFile]
  for (const file of files) {
    watchFile(file, { interval: input.lookEveryMs ?? lookEveryMs, persistent: false }, () => void renew())
  }
  return {
    async close() {
      for (const file of files) unwatchFile(file)
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function readPair({ certFile, keyFile }: TlsFiles): Promise<SecureContextOptions> {
  const [cert, key] = await Promise.all([
    readPem('SIGNALBOX_TLS_CERT_FILE', certFile),
    readPem('SIGNALBOX_TLS_KEY_FILE', keyFile),
  ])
  try {
    createSecureContext({ cert, key })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Failure('invalid-certificate', `${certFile} and ${keyFile} are no pair of PEM files: ${why}`, {
      hint: 'The first holds the certificate and its chain, the second its key without a passphrase.',
      cause: error,
    })
  }
  return { cert, key }
}

async function readPem(variable: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Failure('invalid-certificate', `${variable} cannot be read: ${why}`, { cause: error })
  }
}
