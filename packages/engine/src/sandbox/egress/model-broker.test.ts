import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { parseModelRequest, upstreamUrl } from './model-broker.ts'
import { type EgressRecord, startEgressProxy } from './proxy.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'broker-'))
  ends.push(() => rm(folder, { recursive: true }))
  const seen: { url: string | undefined; headers: Record<string, unknown>; body: string }[] = []
  const upstream = createServer((req, res) => {
    let body = ''
    req.on('data', (chunk) => {
      body += String(chunk)
    })
    req.on('end', () => {
      seen.push({ url: req.url, headers: req.headers, body })
      res.writeHead(req.url?.includes('busy') ? 429 : 200, { 'content-type': 'text/event-stream' })
      res.end('data: hello\n\n')
    })
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  ends.push(() => new Promise((resolve) => upstream.close(resolve)))
  const { port } = upstream.address() as AddressInfo
  const records: EgressRecord[] = []
  const proxy = await startEgressProxy({
    socketPath: join(folder, 'e.sock'),
    allow: [],
    models: [
      {
        name: 'openai',
        baseUrl: `http://127.0.0.1:${port}/base/v1`,
        headers: { authorization: 'Bearer KEY' },
      },
    ],
    onRequest: (record) => records.push(record),
  })
  ends.push(() => proxy.close())
  const ask = (path: string, headers: Record<string, string> = {}, body = '{}', method = 'POST') =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const req = request({ socketPath: proxy.socketPath, path, method, headers }, (res) => {
        let text = ''
        res.on('data', (chunk) => {
          text += String(chunk)
        })
        res.on('end', () => resolve({ status: res.statusCode ?? 0, text }))
      })
      req.on('error', reject)
      req.end(body)
    })
  return { ask, seen, records, port }
}

test('the key is added outside, whatever stood in its place goes, and the request is recorded', async () => {
  const { ask, seen, records, port } = await start()
  const answer = await ask('/model/openai/chat/completions?x=1&key=abc', {
    authorization: 'Bearer mine',
    'x-api-key': 'mine',
    'content-type': 'application/json',
  })
  expect(answer).toEqual({ status: 200, text: 'data: hello\n\n' })
  expect(seen).toMatchObject([
    {
      url: '/base/v1/chat/completions?x=1',
      headers: { authorization: 'Bearer KEY', host: `127.0.0.1:${port}`, 'content-type': 'application/json' },
      body: '{}',
    },
  ])
  expect(JSON.stringify(seen)).not.toContain('mine')
  expect(records).toMatchObject([
    { host: '127.0.0.1', port, method: 'POST', allowed: true, reason: 'allowed' },
  ])
  expect(JSON.stringify(records)).not.toContain('KEY')
})

test('the name is served to clients of the proxy too, and an answer of any status is passed on', async () => {
  const { ask, seen } = await start()
  expect((await ask('http://model.signalbox.internal/openai/busy')).status).toBe(429)
  expect(seen[0]?.url).toBe('/base/v1/busy')
})

test.each(['/model/anthropic/v1/messages', '/model/openai/../../admin', '/model/openai/%2e%2e/%2e%2e/admin'])(
  'refuses %s, and records it',
  async (path) => {
    const { ask, seen, records } = await start()
    const answer = await ask(path)
    expect([400, 403]).toContain(answer.status)
    expect(seen).toEqual([])
    expect(records.every((record) => !record.allowed)).toBe(true)
  },
)

test('a server that answers TRACE with what it was sent is not asked for it', async () => {
  const { ask, seen, records } = await start()
  expect((await ask('/model/openai/chat', {}, '', 'TRACE')).status).toBe(405)
  expect(seen).toEqual([])
  expect(records).toMatchObject([{ method: 'TRACE', allowed: false, reason: 'method-refused' }])
})

test('the server of a model is reached by no other way', async () => {
  const { ask, seen, port } = await start()
  expect((await ask(`http://127.0.0.1:${port}/base/v1/chat`)).status).toBe(403)
  expect(seen).toEqual([])
})

test('reads both forms, and nothing else', () => {
  expect(parseModelRequest('/model/gemini/v1beta/x?y=1')).toEqual({ name: 'gemini', rest: '/v1beta/x?y=1' })
  expect(parseModelRequest('http://model.signalbox.internal/openai')).toEqual({ name: 'openai', rest: '/' })
  for (const other of [
    '/models/x',
    '/',
    'http://example.org/model/openai',
    'https://model.signalbox.internal/x',
  ])
    expect(parseModelRequest(other)).toBeUndefined()
})

test('nothing leads out of the base', () => {
  expect(upstreamUrl('https://a.example/v1', '/../admin')).toBeUndefined()
  expect(upstreamUrl('https://a.example/v1', '//evil.example/x')?.host).toBe('a.example')
  expect(upstreamUrl('https://a.example', '/v1/messages')?.href).toBe('https://a.example/v1/messages')
})
