import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { parseModelRequest, upstreamUrl } from './model-broker.ts'
import { isModelPath } from './model-paths.ts'
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
        api: 'openai',
        extraPaths: ['/busy', '/files/mine/*'],
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

test.each([
  // What the key may do beside asking a model.
  ['GET', '/model/openai/files'],
  ['POST', '/model/openai/files'],
  ['POST', '/model/openai/batches'],
  ['POST', '/model/openai/fine_tuning/jobs'],
  ['GET', '/model/openai/responses/resp_1'],
  ['DELETE', '/model/openai/models/ft:mine'],
  ['GET', '/model/openai/organization/usage/completions'],
  ['GET', '/model/openai/'],
  ['GET', '/model/openai'],
  // What is allowed, said in another way.
  ['PUT', '/model/openai/chat/completions'],
  ['POST', '/model/openai/chat/completions/'],
  ['POST', '/model/openai//chat/completions'],
  ['POST', '/model/openai/chat/Completions'],
  ['POST', '/model/openai/chat%2Fcompletions'],
  ['POST', '/model/openai/chat%2fcompletions/..%2f..%2ffiles'],
  ['POST', '/model/openai/chat/completions;/../../files'],
  ['POST', '/model/openai/chat/completions%00'],
  ['POST', '/model/openai/chat/completions%3Fx'],
  // What begins with something allowed and leads elsewhere.
  ['POST', '/model/openai/chat/completions/../../files'],
  ['POST', '/model/openai/chat/completions/%2e%2e/%2e%2e/files'],
  ['POST', '/model/openai/chat\\completions\\..\\..\\files'],
  ['GET', '/model/openai/models/../files'],
  ['GET', '/model/openai/models/%2e%2e/files'],
  ['GET', '/model/openai/models/..%2ffiles'],
  ['GET', '/model/openai/files/mine/../other'],
  ['GET', '/model/openai/files/mine/..%2fother'],
  ['GET', '/model/openai/files/mine/%2e%2e/other'],
  ['GET', '/model/openai/files/mine//x'],
  ['GET', '/model/openai/files/mine/x;y'],
  // The absolute form of a proxy's client.
  ['GET', 'http://model.signalbox.internal/openai/files'],
  ['POST', 'http://model.signalbox.internal/openai/chat/completions/../../files'],
  ['POST', 'http://model.signalbox.internal:80/openai/files'],
  ['POST', 'http://user:pass@model.signalbox.internal/openai/files'],
])('%s %s reaches no server', async (method, path) => {
  const { ask, seen, records } = await start()
  const answer = await ask(path, {}, '', method)
  expect([400, 403]).toContain(answer.status)
  expect(seen).toEqual([])
  expect(records.filter((record) => record.allowed)).toEqual([])
})

test('a refusal says what was refused and what to do, to the agent and in the record', async () => {
  const { ask, records } = await start()
  const answer = await ask(`/model/openai/files/${'x'.repeat(500)}?secret=1`)
  expect(answer.status).toBe(403)
  expect(JSON.parse(answer.text).error.message).toMatch(/POST \/files\/x{100}.*SIGNALBOX_MODEL_EXTRA_PATHS/)
  expect(records).toMatchObject([
    { allowed: false, reason: expect.stringContaining('path-refused: POST /files/x') },
  ])
  expect(records[0]?.reason.length).toBeLessThan(300)
  expect(JSON.stringify([answer, records])).not.toContain('secret')
})

test.each([
  ['POST', '/model/openai/responses'],
  ['POST', '/model/openai/responses/compact'],
  ['POST', '/model/openai/chat/completions?stream=true'],
  ['POST', '/model/openai/embeddings'],
  ['GET', '/model/openai/models'],
  ['HEAD', '/model/openai/models'],
  ['GET', '/model/openai/models/ft:gpt-4.1:org::id'],
  ['GET', '/model/openai/models/vendor/model-1'],
  ['POST', 'http://model.signalbox.internal/openai/chat/completions'],
  ['DELETE', '/model/openai/files/mine/one'],
])('%s %s is passed on', async (method, path) => {
  const { ask, seen } = await start()
  expect((await ask(path, {}, '', method)).status).toBe(200)
  expect(seen).toHaveLength(1)
})

test('a method or a path in a header, which some servers believe, stays here', async () => {
  const { ask, seen } = await start()
  await ask('/model/openai/chat/completions', {
    'x-http-method-override': 'DELETE',
    'x-original-url': '/base/v1/files',
    'x-rewrite-url': '/base/v1/files',
    'x-stainless-lang': 'js',
  })
  expect(seen[0]?.headers).toMatchObject({ 'x-stainless-lang': 'js' })
  expect(JSON.stringify(seen)).not.toMatch(/override|files/)
})

test('a client that wants a WebSocket is told to go on without one', async () => {
  const { ask, seen } = await start()
  const upgrade = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-key': 'x' }
  expect((await ask('/model/openai/responses', upgrade, '', 'GET')).status).toBe(426)
  expect(seen).toEqual([])
})

test.each([
  ['anthropic', 'POST', '/v1/messages'],
  ['anthropic', 'POST', '/v1/messages/count_tokens'],
  ['anthropic', 'GET', '/v1/models'],
  ['gemini', 'POST', '/v1beta/models/gemini-2.5-pro:streamGenerateContent'],
  ['gemini', 'POST', '/v1beta/models/gemini-2.5-pro%3AgenerateContent'],
  ['gemini', 'POST', '/v1/models/gemini-2.5-flash:countTokens'],
  ['gemini', 'POST', '/v1beta/openai/chat/completions'],
  ['gemini', 'GET', '/v1beta/models/gemini-2.5-pro'],
] as const)('%s: %s %s asks a model', (api, method, path) => {
  expect(isModelPath(api, { method, path })).toBe(true)
})

test.each([
  ['anthropic', 'POST', '/v1/messages/batches'],
  ['anthropic', 'GET', '/v1/messages/batches/msgbatch_1/results'],
  ['anthropic', 'GET', '/v1/files'],
  ['anthropic', 'GET', '/v1/organizations/api_keys'],
  ['gemini', 'GET', '/v1beta/files'],
  ['gemini', 'POST', '/upload/v1beta/files'],
  ['gemini', 'POST', '/v1beta/cachedContents'],
  ['gemini', 'DELETE', '/v1beta/tunedModels/mine'],
  ['gemini', 'POST', '/v1beta/models/x:batchGenerateContent'],
  ['gemini', 'POST', '/v1beta/models/x:generateContent:delete'],
  ['gemini', 'POST', '/v1beta/models/a/b:generateContent'],
  ['gemini', 'GET', '/v1beta/interactions/1'],
] as const)('%s: %s %s does something else with the key', (api, method, path) => {
  expect(isModelPath(api, { method, path })).toBe(false)
})

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
