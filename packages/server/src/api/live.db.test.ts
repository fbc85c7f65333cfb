import { connect } from 'node:net'
import type { LiveMessage, LiveRequest } from '@signalbox/core/contract/live.ts'
import { LiveMessage as LiveMessageSchema } from '@signalbox/core/contract/live.ts'
import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { appendLogChunk } from '../db/log-chunks.ts'
import { moveJob } from '../db/state.ts'
import { appendEvent } from '../events/append.ts'
import { storeJobLog } from '../job-log/store-job-log.ts'

let api: ApiUnderTest
let seeded: Awaited<ReturnType<typeof seedProject>>
const sockets: WebSocket[] = []
beforeAll(async () => {
  api = await apiUnderTest()
  seeded = await seedProject(api.deps.db)
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate()
})
afterAll(() => api.close())

function emit(type: string): Promise<number> {
  return api.deps.db.transaction().execute((tx) => appendEvent(tx, { type, projectId: seeded.project.id }))
}

interface Client {
  socket: WebSocket
  messages: LiveMessage[]
  ids(): number[]
  say(message: LiveRequest | { type: 'log'; job: string }): void
  until<T extends LiveMessage['type']>(type: T): Promise<Extract<LiveMessage, { type: T }>>
}

async function client(
  headers: Record<string, string> = { authorization: `Bearer ${api.token}` },
): Promise<Client> {
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/api/live`, { headers })
  sockets.push(socket)
  const messages: LiveMessage[] = []
  socket.on('message', (data) => messages.push(LiveMessageSchema.parse(JSON.parse(String(data)))))
  await new Promise((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('error', reject)
  })
  return {
    socket,
    messages,
    ids: () => messages.flatMap((message) => (message.type === 'event' ? [message.event.id] : [])),
    say: (message) => socket.send(JSON.stringify(message)),
    async until(type) {
      await expect
        .poll(() => messages.some((message) => message.type === type), { timeout: 10_000 })
        .toBe(true)
      const found = messages.find((message) => message.type === type)
      return found as Extract<LiveMessage, { type: typeof type }>
    },
  }
}

/** Reads a stream of server-sent events until `enough`, then leaves. */
async function readEvents(
  path: string,
  headers: Record<string, string>,
  enough: (ids: number[]) => boolean,
): Promise<number[]> {
  const leave = new AbortController()
  const answer = await fetch(`${api.url}${path}`, {
    headers: { authorization: `Bearer ${api.token}`, ...headers },
    signal: leave.signal,
  })
  expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/)
  const decoder = new TextDecoder()
  let text = ''
  const ids = () =>
    text.split('\n\n').flatMap((block) => {
      const data = /^data: (.*)$/m.exec(block)?.[1]
      const message = data === undefined ? undefined : LiveMessageSchema.safeParse(JSON.parse(data)).data
      return message?.type === 'event' ? [message.event.id] : []
    })
  const reader = answer.body?.getReader()
  while (reader && !enough(ids())) {
    const { done, value } = await reader.read()
    if (done) break
    text += decoder.decode(value, { stream: true })
    text = text.slice(0, text.lastIndexOf('\n\n') + 2) + text.slice(text.lastIndexOf('\n\n') + 2)
  }
  leave.abort()
  return ids()
}

describe('the socket', () => {
  it('refuses whoever is not signed in, another Host and another Origin', async () => {
    const bearer = { authorization: `Bearer ${api.token}` }
    await expect(client({})).rejects.toThrow(/401/)
    await expect(client({ ...bearer, host: 'evil.example' })).rejects.toThrow(/421/)
    await expect(client({ ...bearer, origin: 'http://evil.example' })).rejects.toThrow(/403/)
    await client({ ...bearer, origin: api.url })
  })

  it('leaves no connection behind that it refused', async () => {
    const socket = connect({ port: api.port, host: '127.0.0.1', allowHalfOpen: true })
    socket.write(
      'GET /api/live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    )
    socket.resume()
    await new Promise((resolve) => socket.once('end', resolve))
    socket.destroy()
  })

  it('goes on from a cursor without gap or double, while events come', async () => {
    const before = await api.deps.events.latestCursor()
    const sent: number[] = []
    const writing = (async () => {
      for (let n = 0; n < 200; n++) sent.push(await emit('test.counted'))
    })()
    const first = await client()
    first.say({ type: 'events', after: before })
    await expect.poll(() => first.ids().length, { timeout: 10_000 }).toBeGreaterThan(50)
    first.socket.terminate()
    const seen = first.ids()
    const second = await client()
    second.say({ type: 'events', after: seen.at(-1) })
    await writing
    await expect.poll(() => second.ids().at(-1), { timeout: 10_000 }).toBe(sent.at(-1))
    expect([...seen, ...second.ids()]).toEqual(sent)
  })

  it('starts from now without a cursor, and says where that is', async () => {
    await emit('test.before')
    const live = await client()
    live.say({ type: 'events' })
    const { cursor } = await live.until('ready')
    const id = await emit('test.after')
    await expect.poll(() => live.ids(), { timeout: 10_000 }).toEqual([id])
    expect(cursor).toBeLessThan(id)
  })

  it('brings a long past to a client that reads at its own pace', async () => {
    const before = await api.deps.events.latestCursor()
    await api.deps.db.transaction().execute(async (tx) => {
      const data = { filler: 'x'.repeat(3000) }
      for (let n = 0; n < 1500; n++) await appendEvent(tx, { type: 'test.long', data })
    })
    const live = await client()
    live.say({ type: 'events', after: before })
    live.socket.pause()
    await new Promise((resolve) => setImmediate(resolve))
    live.socket.resume()
    await expect.poll(() => live.ids().length, { timeout: 20_000 }).toBe(1500)
  })

  it('answers garbage with an error and stays', async () => {
    const live = await client()
    live.socket.send('{"type":')
    live.socket.send('{"type":"events","after":"x"}')
    live.socket.send(Buffer.from([0, 1, 2]))
    await expect.poll(() => live.messages.length, { timeout: 10_000 }).toBe(3)
    for (const message of live.messages)
      expect(message).toMatchObject({ type: 'error', code: 'invalid-request' })
    live.say({ type: 'events' })
    await live.until('ready')
  })

  it('cuts a client that reads nothing, and keeps what it holds for it bounded', async () => {
    const cursor = await api.deps.events.latestCursor()
    const deaf = connect(api.port, '127.0.0.1')
    deaf.write(
      'GET /api/live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer ${api.token}\r\n\r\n`,
    )
    await new Promise((resolve) => deaf.once('data', resolve))
    deaf.pause()
    const request = Buffer.from(JSON.stringify({ type: 'events', after: cursor }))
    deaf.write(Buffer.concat([Buffer.from([0x81, 0x80 | request.length, 0, 0, 0, 0]), request]))
    const closed = new Promise((resolve) => deaf.once('close', resolve))
    deaf.on('error', () => {})
    let over = false
    void closed.then(() => {
      over = true
    })
    const data = { filler: 'y'.repeat(100_000) }
    for (let n = 0; n < 400 && !over; n++) {
      await api.deps.db.transaction().execute((tx) => appendEvent(tx, { type: 'test.flood', data }))
    }
    deaf.resume()
    await closed
  })
})

describe('a log', () => {
  const line = (x: string) => ({ s: 1, t: 1, c: 'o' as const, x })

  function texts(live: Client): string[] {
    return live.messages.flatMap((message) =>
      message.type === 'log' ? message.lines.map((entry) => entry.text) : [],
    )
  }

  it('comes from a line on, grows, and ends when the job does', async () => {
    const { db } = api.deps
    const { job } = await seedClaimedJob(db, seeded.project.id)
    const chunk = { jobId: job.id, attempt: job.attempt, fence: job.fence }
    await appendLogChunk(db, { ...chunk, firstLine: 1, lines: ['1', '2', '3'].map(line) })
    const live = await client()
    live.say({ type: 'log', job: job.id, after: 1 })
    await expect.poll(() => texts(live), { timeout: 10_000 }).toEqual(['2', '3'])
    for (let n = 4; n <= 40; n++)
      await appendLogChunk(db, { ...chunk, firstLine: n, lines: [line(String(n))] })
    const all = Array.from({ length: 39 }, (_, index) => String(index + 2))
    await expect.poll(() => texts(live), { timeout: 10_000 }).toEqual(all)
    const event = { type: 'complete', conclusion: 'success' } as const
    const moved = await moveJob(db, {
      id: job.id,
      fence: job.fence,
      event,
      now: new Date(),
      patch: { log_complete: true },
    })
    expect(moved.ok).toBe(true)
    await expect
      .poll(() => live.messages.some((message) => message.type === 'log' && message.complete), {
        timeout: 10_000,
      })
      .toBe(true)
    expect(texts(live)).toEqual(all)
  })

  it('comes in pages, each line once, to several at the same time', async () => {
    const { db } = api.deps
    const { job } = await seedClaimedJob(db, seeded.project.id)
    const chunk = { jobId: job.id, attempt: job.attempt, fence: job.fence }
    const all = Array.from({ length: 4500 }, (_, index) => `line ${index}`)
    await appendLogChunk(db, { ...chunk, firstLine: 1, lines: all.slice(0, 4000).map(line) })
    const both = await Promise.all([client(), client()])
    for (const live of both) live.say({ type: 'log', job: job.id })
    await appendLogChunk(db, { ...chunk, firstLine: 4001, lines: all.slice(4000).map(line) })
    for (const live of both) {
      await expect.poll(() => texts(live).length, { timeout: 10_000 }).toBe(4500)
      expect(texts(live)).toEqual(all)
    }
  })

  it('that left the database comes whole, and is told to be damaged when its blob is gone', async () => {
    const { db, blobs } = api.deps
    const { job } = await seedClaimedJob(db, seeded.project.id)
    const all = Array.from({ length: 2500 }, (_, index) => `line ${index}`)
    const key = { jobId: job.id, attempt: job.attempt }
    await appendLogChunk(db, { ...key, fence: job.fence, firstLine: 1, lines: all.map(line) })
    const ended = { status: 'completed' as const, conclusion: 'success' as const, log_complete: true }
    await db.updateTable('jobs').set(ended).where('id', '=', job.id).execute()
    expect(await storeJobLog({ db, blobs }, key)).toBe(true)
    const live = await client()
    live.say({ type: 'log', job: job.id, after: 10 })
    await expect.poll(() => texts(live).length, { timeout: 10_000 }).toBe(2490)
    expect(texts(live)).toEqual(all.slice(10))
    for await (const { key: name } of blobs.list(`logs/${job.id}/`)) await blobs.delete(name)
    const late = await client()
    late.say({ type: 'log', job: job.id })
    expect(await late.until('error')).toMatchObject({ code: 'storage-damaged' })
  })

  it('that is nobody’s says so; one that is stopped sends nothing more', async () => {
    const live = await client()
    live.say({ type: 'log', job: '01890000-0000-7000-8000-000000000000' })
    expect(await live.until('error')).toMatchObject({ code: 'not-found' })
    const { job } = await seedClaimedJob(api.deps.db, seeded.project.id)
    live.say({ type: 'log', job: job.id })
    await live.until('log')
    live.say({ type: 'log_stop', job: job.id })
    live.socket.ping()
    await new Promise((resolve) => live.socket.once('pong', resolve))
    const before = texts(live).length
    const chunk = { jobId: job.id, attempt: job.attempt, fence: job.fence }
    await appendLogChunk(api.deps.db, { ...chunk, firstLine: 1, lines: [line('late')] })
    live.say({ type: 'events' })
    await live.until('ready')
    expect(texts(live).length).toBe(before)
  })
})

describe('server-sent events', () => {
  it('resume by header and by query without gap or double', async () => {
    const before = await api.deps.events.latestCursor()
    const sent: number[] = []
    for (let n = 0; n < 10; n++) sent.push(await emit('test.sse'))
    const all = await readEvents(`/api/events?after=${before}`, {}, (ids) => ids.length >= 10)
    expect(all).toEqual(sent)
    // The header wins: a browser that comes back sends both.
    const headers = { 'last-event-id': String(sent[6]) }
    const rest = await readEvents(`/api/events?after=${before}`, headers, (ids) => ids.length >= 3)
    expect(rest).toEqual(sent.slice(7))
    const junk = await readEvents(
      `/api/events?after=${sent[8]}`,
      { 'last-event-id': 'x' },
      (ids) => ids.length >= 1,
    )
    expect(junk).toEqual([sent[9]])
  })

  it('refuses whoever is not signed in', async () => {
    expect((await fetch(`${api.url}/api/events`)).status).toBe(401)
    const junk = await api.call('GET', '/api/events?after=x')
    expect(junk.status).toBe(400)
  })
})

it('tells a reader of server-sent events whose cursor is gone from where it goes on', async () => {
  const last = await emit('sse.newest')
  const answer = async (after: number) => {
    const leave = new AbortController()
    const { body } = await fetch(`${api.url}/api/events?after=${after}`, {
      headers: { authorization: `Bearer ${api.token}` },
      signal: leave.signal,
    })
    const first = await body?.getReader().read()
    leave.abort()
    const data = /^data: (.*)$/m.exec(new TextDecoder().decode(first?.value))?.[1]
    return LiveMessageSchema.parse(JSON.parse(data ?? '{}'))
  }
  expect(await answer(last - 1)).toEqual({ type: 'ready', cursor: last - 1 })
  // Of a database that was put back to an earlier time since.
  expect(await answer(last + 1000)).toEqual({ type: 'ready', cursor: last })
  await api.deps.db.deleteFrom('events').where('id', '<', last).execute()
  expect(await answer(0)).toEqual({ type: 'ready', cursor: last })
})
