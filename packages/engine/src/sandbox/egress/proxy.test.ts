import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import { connect, createServer as createRawServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type EgressProxy, type EgressRecord, startEgressProxy } from './proxy.ts'

let folder: string
let proxy: EgressProxy
let web: Server
let port: number
let records: EgressRecord[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'egress-'))
  records = []
  web = createServer((req, res) => res.end(`hello ${req.url} from ${req.headers.host}`))
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
  const address = web.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  proxy = await startEgressProxy({
    socketPath: join(folder, 'egress.sock'),
    allow: ['localhost', `localhost:${port + 1}`],
    onRequest: (record) => records.push(record),
    unsafeAllowLoopbackForTests: [`localhost:${port}`, `127.0.0.1:${port}`],
  })
})

afterEach(async () => {
  await proxy.close()
  await new Promise((resolve) => web.close(resolve))
  await rm(folder, { recursive: true })
})

function send(method: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const req = request({ socketPath: proxy.socketPath, method, path, headers: { host: 'x' } })
    req.on('connect', (res, socket) => {
      let body = ''
      if (res.statusCode === 200)
        socket.write('GET /inner HTTP/1.1\r\nHost: tunnel\r\nConnection: close\r\n\r\n')
      socket.on('data', (chunk) => {
        body += chunk
      })
      socket.on('close', () => resolve({ status: res.statusCode ?? 0, body }))
    })
    req.on('response', (res) => {
      let body = ''
      res.on('data', (chunk) => {
        body += chunk
      })
      res.on('end', () => resolve({ status: res.statusCode ?? 0, body }))
    })
    req.on('error', reject)
    req.end()
  })
}

test('tunnels to an allowed host and counts the bytes', async () => {
  const { status, body } = await send('CONNECT', `localhost:${port}`)
  expect(status).toBe(200)
  expect(body).toContain('hello /inner from tunnel')
  await vi.waitFor(() => expect(records).toHaveLength(1))
  expect(records).toMatchObject([
    { host: 'localhost', port, method: 'CONNECT', allowed: true, reason: 'allowed' },
  ])
  expect(records[0]?.bytesUp).toBeGreaterThan(10)
  expect(records[0]?.bytesDown).toBeGreaterThan(10)
})

test('forwards a plain request', async () => {
  const { status, body } = await send('GET', `http://127.0.0.1:${port}/a?b=1`)
  expect({ status, body }).toEqual({ status: 200, body: `hello /a?b=1 from 127.0.0.1:${port}` })
  await vi.waitFor(() => expect(records).toMatchObject([{ method: 'GET', allowed: true }]))
})

test.each([
  ['CONNECT', 'nowhere.example:443'],
  ['GET', 'http://nowhere.example/x'],
])('%s to a host that is not on the list says which and how to allow it', async (method, path) => {
  const { status, body } = await send(method, path)
  expect(status).toBe(403)
  if (method === 'GET') expect(body).toMatch(/nowhere\.example:80 is not on.*add "nowhere\.example"/)
  expect(records).toMatchObject([{ host: 'nowhere.example', allowed: false, reason: 'not-on-the-list' }])
})

test('an allowed name that leads to this machine is refused all the same', async () => {
  const { status } = await send('CONNECT', `localhost:${port + 1}`)
  expect(status).toBe(403)
  expect(records).toMatchObject([{ allowed: false, reason: 'not-a-public-address' }])
})

test('what is no proxy request is refused', async () => {
  expect((await send('GET', '/relative')).status).toBe(400)
  expect((await send('GET', 'file:///etc/passwd')).status).toBe(400)
})

test('a record holds no more of a host than a name may be long', async () => {
  expect((await send('CONNECT', `${'h'.repeat(10_000)}.example:443`)).status).toBe(403)
  expect(records.map((record) => record.host)).toEqual(['h'.repeat(255)])
})

test('one connection more than a sandbox may have is closed, and another one is taken when one ends', async () => {
  const open: Socket[] = []
  const opened = () => {
    const socket = connect(proxy.socketPath)
    socket.on('error', () => {})
    open.push(socket)
    return new Promise<string>((resolve) => {
      socket.on('data', () => resolve('answered'))
      socket.on('close', () => resolve('closed'))
      socket.write('CONNECT nowhere.example:443 HTTP/1.1\r\nHost: x\r\n')
    })
  }
  for (let n = 0; n < 256; n++) void opened()
  expect(await opened()).toBe('closed')
  expect(open.filter((socket) => !socket.destroyed)).toHaveLength(256)
  open[0]?.destroy()
  await vi.waitFor(async () => {
    expect((await send('CONNECT', 'nowhere.example:443')).status).toBe(403)
  })
  for (const socket of open) socket.destroy()
})

test('an answer that cannot be passed on ends its request and nothing else', async () => {
  const strange = createRawServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', () => socket.write('HTTP/1.1 000 Strange\r\nContent-Length: 0\r\n\r\n'))
  })
  await new Promise<void>((resolve) => strange.listen(0, '127.0.0.1', resolve))
  const address = strange.address()
  const strangePort = typeof address === 'object' && address !== null ? address.port : 0
  const other = await startEgressProxy({
    socketPath: join(folder, 'strange.sock'),
    allow: [],
    onRequest: () => {},
    models: [{ name: 'strange', api: 'openai', baseUrl: `http://127.0.0.1:${strangePort}/v1`, headers: {} }],
    unsafeAllowLoopbackForTests: [`127.0.0.1:${strangePort}`],
  })
  for (const path of [`http://127.0.0.1:${strangePort}/`, '/model/strange/models']) {
    const ended = new Promise<string>((resolve) => {
      const req = request({ socketPath: other.socketPath, path }, (res) => resolve(String(res.statusCode)))
      req.on('error', (error) => resolve('code' in error ? String(error.code) : 'error'))
      req.end()
    })
    expect(await ended).toBe('ECONNRESET')
  }
  await other.close()
  await new Promise((resolve) => strange.close(resolve))
})
