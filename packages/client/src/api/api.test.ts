import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LiveRequest } from '@signalbox/core/contract/live.ts'
import type { LiveEvent } from '@signalbox/core/contract/views/live.ts'
import type { LogLineView } from '@signalbox/core/contract/views/runs.ts'
import { afterEach, expect, test } from 'vitest'
import { ApiFailure } from './api-failure.ts'
import { baseUrlOf, dataDirOf, tokenOf } from './connection.ts'
import { createApi } from './create-api.ts'
import { followEvents, followLog } from './follow.ts'
import { ids, sampleChange } from './sample-views.ts'
import { problem, type StandInServer, startStandInServer } from './stand-in-server.ts'

const cleanup: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanup.splice(0)) await clean()
})
async function start(...args: Parameters<typeof startStandInServer>): Promise<StandInServer> {
  const server = await startStandInServer(...args)
  cleanup.push(() => server.close())
  return server
}

test('a call fills in path, query, body and token, and parses the answer', async () => {
  const server = await start({
    getChange: ({ params }) => sampleChange({ id: params['change'] }),
    listChanges: ({ query }) => ({ items: [], next: query?.open === 'true' ? ids.change : null }),
    sendMessage: ({ body }) => sampleChange({ reason: body?.text ?? '' }),
  })
  const api = createApi({ baseUrl: `${server.baseUrl}/`, token: 'sbx_secret' })
  expect((await api.call('getChange', { params: { change: ids.change } })).id).toBe(ids.change)
  expect(await api.call('listChanges', { query: { open: 'true', project: 'a&b' } })).toMatchObject({
    next: ids.change,
  })
  const input = { params: { change: ids.change }, body: { text: 'hello' } }
  expect((await api.call('sendMessage', input)).reason).toBe('hello')
  expect(server.seen.map(({ url }) => url)).toContain('/api/changes?open=true&project=a%26b')
  expect(new Set(server.seen.map(({ authorization }) => authorization))).toEqual(
    new Set(['Bearer sbx_secret']),
  )
})

test('a path parameter cannot leave its place', async () => {
  const server = await start({})
  const api = createApi({ baseUrl: server.baseUrl, token: undefined })
  await expect(api.call('getProject', { params: { project: '../system?x' } })).rejects.toThrow()
  expect(server.seen[0]?.url).toBe('/api/projects/..%2Fsystem%3Fx')
})

test('a problem becomes a failure with code, hint and fields', async () => {
  const errors = [{ path: 'body/text', message: 'too short' }]
  const server = await start({
    mergeChange: () => problem('refused', 'It is not green.', 409, { hint: 'Wait.', errors }),
  })
  const api = createApi({ baseUrl: server.baseUrl, token: 'x' })
  const error = await api.call('mergeChange', { params: { change: ids.change } }).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(ApiFailure)
  expect(error).toMatchObject({
    code: 'refused',
    message: 'It is not green.',
    hint: 'Wait.',
    status: 409,
    errors,
  })
})

test('nobody at the address is said so, with how to start it', async () => {
  const server = await startStandInServer({})
  await server.close()
  const error = await createApi({ baseUrl: server.baseUrl, token: 'x' })
    .call('health')
    .catch((e: unknown) => e)
  expect(error).toMatchObject({
    code: 'connection-refused',
    message: `No Signalbox answers at ${server.baseUrl}.`,
  })
  expect(String(error instanceof ApiFailure)).toBe('false')
  expect(error).toHaveProperty('hint', expect.stringContaining('signalbox up'))
})

test('the environment says where and by which token', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-token-'))
  cleanup.push(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'cli-token')
  const env = { SIGNALBOX_DATA_DIR: folder }
  expect(baseUrlOf({})).toBe('http://127.0.0.1:3000')
  expect(baseUrlOf({ PORT: '3100' })).toBe('http://127.0.0.1:3100')
  expect(baseUrlOf({ SIGNALBOX_URL: 'https://box.example/' })).toBe('https://box.example')
  expect(() => baseUrlOf({ SIGNALBOX_URL: 'box.example' })).toThrow('SIGNALBOX_URL')
  expect(dataDirOf(env)).toBe(folder)
  expect(tokenOf(env, 'http://127.0.0.1:3000')).toBeUndefined()
  writeFileSync(file, 'sbx_1\n', { mode: 0o600 })
  expect(tokenOf(env, 'http://127.0.0.1:3000')).toBe('sbx_1')
  expect(tokenOf({ ...env, SIGNALBOX_TOKEN: 'sbx_2' }, 'http://127.0.0.1:3000')).toBe('sbx_2')
  // The token of this machine goes to no other.
  expect(tokenOf(env, 'https://box.example')).toBeUndefined()
  chmodSync(file, 0o640)
  expect(() => tokenOf(env, 'http://127.0.0.1:3000')).toThrow('Others can read')
})

function event(id: number): LiveEvent {
  const none = { projectId: null, changeId: null, runId: null, jobId: null, deploymentId: null }
  return { id, at: '2026-01-02T03:04:05.000Z', type: 'change.created', ...none, data: {} }
}

test('events go on from their cursor when the connection breaks, each once', async () => {
  const asked: LiveRequest[] = []
  const server = await start({}, (request, send, socket) => {
    asked.push(request)
    send({ type: 'ready', cursor: 4 })
    if (asked.length === 1) {
      send({ type: 'event', event: event(5) })
      socket.close(4008)
      return
    }
    for (const id of [5, 6]) send({ type: 'event', event: event(id) })
  })
  const heard: number[] = []
  await followEvents(
    { baseUrl: server.baseUrl, token: 'sbx_1', signal: new AbortController().signal },
    { onEvent: ({ id }) => heard.push(id) < 2 },
  )
  expect(heard).toEqual([5, 6])
  expect(asked).toEqual([{ type: 'events' }, { type: 'events', after: 5 }])
  expect(
    server.seen.every(({ url, authorization }) => url === '/api/live' && authorization === 'Bearer sbx_1'),
  ).toBe(true)
})

const line = (n: number): LogLineView => ({ n, step: 1, at: 0, stream: 'stdout', text: `line ${n}` })

test('a log is read to its end across a break and a new attempt', async () => {
  let sockets = 0
  const server = await start({}, (_request, send, socket) => {
    sockets += 1
    const log = (attempt: number, numbers: number[], complete: boolean) =>
      send({ type: 'log', job: ids.job, attempt, lines: numbers.map(line), complete })
    log(1, [1, 2], false)
    if (sockets === 1) return socket.terminate()
    log(1, [1, 2, 3], false)
    log(2, [1], true)
  })
  const heard: string[] = []
  await followLog(
    { baseUrl: server.baseUrl, token: 'x', signal: new AbortController().signal },
    {
      job: ids.job,
      onLines(lines, attempt) {
        heard.push(...lines.map(({ n }) => `${attempt}/${n}`))
      },
    },
  )
  // The first socket may break before its lines arrived; none of them comes twice either way.
  expect(heard).toEqual(['1/1', '1/2', '1/3', '2/1'])
  expect(sockets).toBe(2)
})

test('a refused live channel and one that stays away end with a failure', async () => {
  const signal = new AbortController().signal
  const away = await startStandInServer({})
  await away.close()
  const connection = { baseUrl: away.baseUrl, token: 'x', signal, maxAttempts: 2 }
  await expect(followEvents(connection, { onEvent: () => true })).rejects.toMatchObject({
    code: 'connection-refused',
  })
  const server = await start({}, (_request, send) =>
    send({ type: 'error', code: 'not-found', message: 'There is no such job.' }),
  )
  const there = { baseUrl: server.baseUrl, token: 'x', signal }
  await expect(followLog(there, { job: ids.job, onLines() {} })).rejects.toMatchObject({ code: 'not-found' })
})
