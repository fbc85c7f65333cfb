import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import websocket from '@fastify/websocket'
import { freePort } from '@signalbox/testing/platform.ts'
import Fastify, { type FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { listenTls } from './tls-listener.ts'

let folder: string
let app: FastifyInstance
const logged: string[] = []
const log = pino({}, { write: (line: string) => void logged.push(line) })

/** A certificate for localhost, signed by itself, under this serial number. */
function makePair(serial: number): { certFile: string; keyFile: string } {
  const files = { certFile: join(folder, `${serial}.crt`), keyFile: join(folder, `${serial}.key`) }
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const made = ['-keyout', files.keyFile, '-out', files.certFile, '-set_serial', String(serial)]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', ['req', '-x509', ...kind, ...made, ...subject], { stdio: 'ignore' })
  return files
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-tls-'))
  app = Fastify()
  await app.register(websocket)
  app.get('/', (asked) => ({ protocol: asked.protocol }))
  app.get('/echo', { websocket: true }, (socket) => {
    socket.on('message', (data) => socket.send(String(data)))
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

function get(port: number, ca: string): Promise<{ body: string; hsts: string | undefined }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: 'localhost', family: 4, port, ca, path: '/', agent: false }, (answer) => {
      let body = ''
      answer.on('data', (chunk) => {
        body += String(chunk)
      })
      answer.on('end', () => resolve({ body, hsts: answer.headers['strict-transport-security'] }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

function serialAt(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(Number.parseInt(socket.getPeerCertificate().serialNumber, 16))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

test('serves pages and sockets, and takes up a renewed certificate, but no broken one', async () => {
  const pair = makePair(7)
  const port = await freePort()
  const tls = await listenTls(app, { ...pair, host: '127.0.0.1', port, log, lookEveryMs: 50 })
  const ca = readFileSync(pair.certFile, 'utf8')
  const answer = await get(port, ca)
  expect(JSON.parse(answer.body)).toEqual({ protocol: 'https' })
  expect(answer.hsts).toMatch(/max-age/)

  const said = await new Promise<string>((resolve, reject) => {
    const socket = new WebSocket(`wss://localhost:${port}/echo`, { ca, family: 4 })
    socket.on('open', () => socket.send('hello'))
    socket.on('message', (data) => {
      resolve(String(data))
      socket.close()
    })
    socket.on('error', reject)
  })
  expect(said).toBe('hello')

  writeFileSync(pair.certFile, 'not a certificate')
  await expect
    .poll(() => logged, { timeout: 10_000 })
    .toContainEqual(expect.stringContaining('cannot be used'))
  expect(await serialAt(port)).toBe(7)

  const renewed = makePair(8)
  writeFileSync(pair.keyFile, readFileSync(renewed.keyFile))
  writeFileSync(pair.certFile, readFileSync(renewed.certFile))
  await expect.poll(() => serialAt(port), { timeout: 10_000 }).toBe(8)
  await tls.close()
})

test('says which file cannot be used and why', async () => {
  const pair = makePair(9)
  const other = makePair(10)
  const place = { host: '127.0.0.1', port: await freePort(), log }
  const missing = listenTls(app, { ...pair, ...place, keyFile: join(folder, 'none.key') })
  await expect(missing).rejects.toThrow(/SIGNALBOX_TLS_KEY_FILE cannot be read: ENOENT/)
  const mixed = listenTls(app, { certFile: pair.certFile, keyFile: other.keyFile, ...place })
  await expect(mixed).rejects.toThrow(/are no pair of PEM files/)
})
