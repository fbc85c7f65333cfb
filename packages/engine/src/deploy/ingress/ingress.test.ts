import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createIngressClient } from './client.ts'
import { type RunningIngress, startIngress } from './server.ts'
import { ask, askRaw, startTestRelease, type TestRelease } from './test-release.ts'

let dataDir: string
let ingress: RunningIngress
let releases: TestRelease[]

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ingress-'))
  ingress = await startIngress({ dataDir, port: 0 })
  releases = []
})

afterEach(async () => {
  await Promise.all(releases.map((r) => (r.server.listening ? r.kill() : undefined)))
  await ingress.stop()
  await rm(dataDir, { recursive: true })
})

async function serve(id: string, handler: Parameters<typeof startTestRelease>[1]): Promise<TestRelease> {
  const release = await startTestRelease(join(dataDir, `${id}.sock`), handler)
  releases.push(release)
  return release
}

async function route(id: string, host = 'sample.localhost'): Promise<void> {
  const client = createIngressClient({ dataDir })
  await client.setRoute({ host, releaseId: id, socketPath: join(dataDir, `${id}.sock`) })
}

async function counts(host = 'sample.localhost') {
  return (await createIngressClient({ dataDir }).routes()).find((r) => r.host === host)
}

test('routes by host, whatever its case and port, and passes who asked', async () => {
  await serve('one', (req, res) => res.end(JSON.stringify({ url: req.url, headers: req.headers })))
  await route('one')
  const answer = await ask(ingress.port, {
    host: 'SAMPLE.localhost:3001',
    path: '/a/../b//c?x=1&y=/',
    headers: {
      'x-forwarded-for': '6.6.6.6',
      'x-secret': 'gone',
      connection: 'keep-alive, x-secret',
      'keep-alive': 'timeout=9',
    },
  })
  const seen = JSON.parse(answer.body)
  expect(seen.url).toBe('/a/../b//c?x=1&y=/')
  expect(seen.headers).toMatchObject({
    host: 'SAMPLE.localhost:3001',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': 'SAMPLE.localhost:3001',
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(ingress.port),
    connection: 'close',
  })
  expect(seen.headers).not.toHaveProperty('x-secret')
  expect(seen.headers).not.toHaveProperty('keep-alive')
  expect(answer.headers['connection']).not.toBe('close')
})

test('answers itself, in JSON or HTML, for a host that nothing serves', async () => {
  const json = await ask(ingress.port, { host: 'nobody.localhost' })
  expect(json.status).toBe(404)
  expect(JSON.parse(json.body)).toMatchObject({ code: 'unknown-host', host: 'nobody.localhost' })
  const html = await ask(ingress.port, { host: '<script>', headers: { accept: 'text/html' } })
  expect(html.headers['content-type']).toContain('text/html')
  expect(html.body).toContain('Nothing is deployed here')
  expect(html.body).not.toContain('<script>')
})

test('says 503 when the release is away, 502 when it breaks off, and counts both', async () => {
  await route('away')
  expect((await ask(ingress.port, { host: 'sample.localhost' })).status).toBe(503)
  expect(await counts()).toMatchObject({ releaseId: 'away', requests: 1, errors: 1, open: 0 })
  await serve('rude', (req) => req.socket.destroy())
  await route('rude')
  const broken = await ask(ingress.port, { host: 'sample.localhost', method: 'POST', body: 'x' })
  expect(broken.status).toBe(502)
  expect(JSON.parse(broken.body).code).toBe('broken')
  expect(await counts()).toMatchObject({ releaseId: 'rude', requests: 1, errors: 1, open: 0 })
})

test('says 504 when the release never answers', async () => {
  await ingress.stop()
  const limits = { connectTimeoutMs: 1_000, firstByteTimeoutMs: 50, retryDelaysMs: [] }
  ingress = await startIngress({ dataDir, port: 0, limits })
  await serve('slow', () => undefined)
  await route('slow')
  expect((await ask(ingress.port, { host: 'sample.localhost' })).status).toBe(504)
  expect(await counts()).toMatchObject({ requests: 1, errors: 1, open: 0 })
})

test('counts answers of 500 and above as errors and others not', async () => {
  await serve('one', (req, res) => res.writeHead(req.url === '/bad' ? 500 : 404).end())
  await route('one')
  await ask(ingress.port, { host: 'sample.localhost', path: '/bad' })
  await ask(ingress.port, { host: 'sample.localhost', path: '/missing' })
  expect(await counts()).toMatchObject({ requests: 2, errors: 1, open: 0 })
  await route('one')
  expect(await counts(), 'setting the same route again keeps its counts').toMatchObject({
    requests: 2,
    errors: 1,
  })
})

test('streams: the first bytes arrive while the release still writes', async () => {
  const finish = Promise.withResolvers<void>()
  await serve('one', async (_req, res) => {
    res.write('first')
    await finish.promise
    res.end('last')
  })
  await route('one')
  const body = await new Promise<string>((resolve, reject) => {
    const req = request(
      { host: '127.0.0.1', port: ingress.port, headers: { host: 'sample.localhost' } },
      (res) => {
        let text = ''
        res.on('data', (chunk) => {
          text += chunk
          if (text === 'first') finish.resolve()
        })
        res.on('end', () => resolve(text))
      },
    )
    req.on('error', reject)
    req.end()
  })
  expect(body).toBe('firstlast')
})

test('a release that dies in the middle of an answer cuts the client off instead of leaving it waiting', async () => {
  const release = await serve('one', (_req, res) => {
    res.writeHead(200, { 'content-length': '100' })
    res.write('half', () => void release.kill())
  })
  await route('one')
  await expect(ask(ingress.port, { host: 'sample.localhost' })).rejects.toThrow()
  await vi.waitFor(async () => expect(await counts()).toMatchObject({ requests: 1, errors: 1, open: 0 }))
})

test('passes bodies in both framings, a chunked DELETE included', async () => {
  await serve('one', async (req, res) => {
    let text = ''
    for await (const chunk of req) text += chunk
    res.end(`${req.method} ${text}`)
  })
  await route('one')
  const big = 'x'.repeat(300_000)
  expect((await ask(ingress.port, { host: 'sample.localhost', method: 'PUT', body: big })).body).toBe(
    `PUT ${big}`,
  )
  const chunked = await askRaw(
    ingress.port,
    'DELETE / HTTP/1.1\r\nHost: sample.localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  )
  expect(chunked).toContain('DELETE hello')
})

test('carries websockets and counts them as open until they close', async () => {
  const release = await serve('one', (_req, res) => res.end('plain'))
  release.server.on('upgrade', (req, socket) => {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nx-host: ${req.headers.host}\r\n\r\n`,
    )
    socket.on('data', (chunk) => socket.write(`echo ${chunk}`))
    socket.on('end', () => socket.end())
    socket.on('error', () => undefined)
  })
  await route('one')
  const client = createIngressClient({ dataDir })
  await new Promise<void>((resolve, reject) => {
    const req = request({
      host: '127.0.0.1',
      port: ingress.port,
      headers: { host: 'sample.localhost', connection: 'Upgrade', upgrade: 'websocket' },
    })
    req.on('error', reject)
    req.on('upgrade', async (res, socket) => {
      expect(res.headers['x-host']).toBe('sample.localhost')
      const echoed = new Promise((done) => socket.once('data', (chunk) => done(chunk.toString())))
      socket.write('hello')
      expect(await echoed).toBe('echo hello')
      expect(await client.drained('one', 0)).toBe(false)
      socket.destroy()
      resolve()
    })
    req.end()
  })
  expect(await client.drained('one', 5_000)).toBe(true)
  const h2c = await ask(ingress.port, {
    host: 'sample.localhost',
    headers: { connection: 'Upgrade', upgrade: 'h2c' },
  })
  expect(h2c.body, 'an upgrade that is not a websocket is answered as a plain request').toBe('plain')
})

test('an upgrade for a release that is away gets an answer', async () => {
  const text = await askRaw(
    ingress.port,
    'GET / HTTP/1.1\r\nHost: nobody.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  )
  expect(text).toMatch(/^HTTP\/1\.1 404 /)
})

test('requests in flight end on the old release, new ones go to the new', async () => {
  const finish = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  await serve('old', async (_req, res) => {
    begun.resolve()
    await finish.promise
    res.end('old')
  })
  await serve('new', (_req, res) => res.end('new'))
  await route('old')
  const inFlight = ask(ingress.port, { host: 'sample.localhost' })
  await begun.promise
  await route('new')
  const client = createIngressClient({ dataDir })
  expect((await ask(ingress.port, { host: 'sample.localhost' })).body).toBe('new')
  expect(await client.drained('old', 0)).toBe(false)
  finish.resolve()
  expect((await inFlight).body).toBe('old')
  expect(await client.drained('old', 5_000)).toBe(true)
  expect(await counts()).toMatchObject({ releaseId: 'new', requests: 1, open: 0 })
})

test('loses no request while routes switch and the old release is killed, under load', async () => {
  await serve('a', (_req, res) => res.end('a'))
  await serve('b', (_req, res) => res.end('b'))
  await route('a')
  const answers: Promise<{ status: number }>[] = []
  const burst = (n: number) => {
    for (let i = 0; i < n; i++) answers.push(ask(ingress.port, { host: 'sample.localhost' }))
  }
  for (let round = 0; round < 8; round++) {
    burst(20)
    await route(round % 2 === 0 ? 'b' : 'a')
    burst(20)
    await answers.at(-1)
  }
  await route('b')
  burst(20)
  await releases[0]?.kill()
  const statuses = (await Promise.all(answers)).map((a) => a.status)
  expect(statuses).toHaveLength(340)
  expect(statuses.filter((s) => s !== 200)).toEqual([])
})

test('a request that comes while the release restarts waits for it, a body included', async () => {
  const handler: Parameters<typeof startTestRelease>[1] = async (req, res) => {
    let text = ''
    for await (const chunk of req) text += chunk
    res.end(`back ${text}`)
  }
  await (await serve('one', handler)).kill()
  await route('one')
  const answers = [
    ask(ingress.port, { host: 'sample.localhost' }),
    ask(ingress.port, { host: 'sample.localhost', method: 'POST', body: 'order' }),
  ]
  await vi.waitFor(async () => expect(await counts()).toBeDefined())
  await serve('one', handler)
  expect((await Promise.all(answers)).map((a) => a.body)).toEqual(['back ', 'back order'])
  expect(await counts()).toMatchObject({ requests: 2, errors: 0, open: 0 })
})

test('repeats a GET that was cut before any answer, never a POST', async () => {
  let seen = 0
  await serve('one', (req, res) => {
    seen += 1
    if (seen === 1) req.socket.destroy()
    else res.end('fine')
  })
  await route('one')
  expect((await ask(ingress.port, { host: 'sample.localhost' })).body).toBe('fine')
  seen = 0
  expect((await ask(ingress.port, { host: 'sample.localhost', method: 'POST', body: 'x' })).status).toBe(502)
  expect(seen).toBe(1)
})

test('takes its routes up again after a restart, and a second one is refused', async () => {
  await serve('one', (_req, res) => res.end('kept'))
  await route('one')
  await expect(startIngress({ dataDir, port: 0 })).rejects.toMatchObject({ code: 'ingress-running' })
  await ingress.stop()
  ingress = await startIngress({ dataDir, port: 0 })
  expect((await ask(ingress.port, { host: 'sample.localhost' })).body).toBe('kept')
  await createIngressClient({ dataDir }).removeRoute('sample.localhost')
  expect((await ask(ingress.port, { host: 'sample.localhost' })).status).toBe(404)
  expect(JSON.parse(await readFile(join(dataDir, 'ingress/routes.json'), 'utf8')).routes).toEqual([])
})

test('refuses bad routes with a code and keeps its control socket to itself', async () => {
  const client = createIngressClient({ dataDir })
  const bad = client.setRoute({ host: 'a b', releaseId: 'x', socketPath: '/x.sock' })
  await expect(bad).rejects.toMatchObject({ code: 'invalid-input' })
  expect((await stat(join(dataDir, 'ingress/control.sock'))).mode & 0o777).toBe(0o600)
  expect((await stat(join(dataDir, 'ingress'))).mode & 0o777).toBe(0o700)
})

test('an absolute target, a broken target and a missing Host harm nothing', async () => {
  await serve('one', (req, res) => res.end(req.url))
  await route('one')
  const absolute = await askRaw(
    ingress.port,
    'GET http://sample.localhost/p?q HTTP/1.1\r\nHost: sample.localhost\r\nConnection: close\r\n\r\n',
  )
  expect(absolute).toContain('/p?q')
  const broken = await askRaw(
    ingress.port,
    'GET http://[ HTTP/1.1\r\nHost: sample.localhost\r\nConnection: close\r\n\r\n',
  )
  expect(broken).toMatch(/^HTTP\/1\.1 400 /)
  expect(await askRaw(ingress.port, 'GET / HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  expect((await ask(ingress.port, { host: 'sample.localhost', path: '/still' })).body).toBe('/still')
})
