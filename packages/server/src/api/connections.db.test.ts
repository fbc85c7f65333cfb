import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import { liveCloseCodes } from '@signalbox/core/contract/live-close-codes.ts'
import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { hashToken, newSecretToken } from '../auth/secret-token.ts'
import { readConfig } from '../config.ts'
import { insertSnapshot } from '../db/snapshots.ts'
import { insertApiToken } from '../db/tokens.ts'
import { insertUser } from '../db/users.ts'
import { upsertWorker } from '../db/workers.ts'

let api: ApiUnderTest
let folder: string
const sockets: WebSocket[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'connections-'))
  const limits = {
    SIGNALBOX_MAX_LIVE_CONNECTIONS: '3',
    SIGNALBOX_MAX_SHELLS: '1',
    SIGNALBOX_DATA_DIR: folder,
  }
  api = await apiUnderTest({ config: { ...readConfig(limits), rateLimitPerMinute: 1_000_000 } })
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate()
})
afterAll(async () => {
  await api?.close()
  await rm(folder, { recursive: true, force: true })
})

async function tokenOfNewPerson(): Promise<string> {
  const user = await insertUser(api.deps.db, { id: newId(), name: 'Ada', role: 'user' })
  const { token } = newSecretToken('sbx_')
  await insertApiToken(api.deps.db, {
    id: newId(),
    userId: user.id,
    name: 'test',
    tokenHash: hashToken(token),
  })
  return token
}

/** A socket, and what it says; `closed` is the code it ends with. */
async function open(path: string, token: string) {
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}${path}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  sockets.push(socket)
  const said: unknown[] = []
  socket.on('message', (data, isBinary) => said.push(isBinary ? data : JSON.parse(String(data))))
  const closed = once(socket, 'close').then(([code]) => Number(code))
  await once(socket, 'open')
  return { socket, said, closed }
}

const events = (token: string, signal: AbortSignal) =>
  fetch(`${api.url}/api/events`, { headers: { authorization: `Bearer ${token}` }, signal })

test('a person has so many live connections of both kinds, and another person has their own', async () => {
  const mine = await tokenOfNewPerson()
  const first = await open('/api/live', mine)
  await open('/api/live', mine)
  const leave = new AbortController()
  expect((await events(mine, leave.signal)).status).toBe(200)

  const refused = await open('/api/live', mine)
  expect(await refused.closed).toBe(liveCloseCodes.tooMany)
  expect(refused.said).toEqual([expect.objectContaining({ type: 'error', code: 'too-many-connections' })])
  const answer = await events(mine, leave.signal)
  expect(answer.status).toBe(429)
  expect(answer.headers.get('retry-after')).toBe('30')
  expect(await answer.json()).toMatchObject({ code: 'too-many-connections', detail: /3 live/ })

  const theirs = await open('/api/live', await tokenOfNewPerson())
  expect(theirs.socket.readyState).toBe(WebSocket.OPEN)

  // What ends makes room, whichever kind it was.
  leave.abort()
  first.socket.close()
  const again = async () => {
    const one = await open('/api/live', mine)
    one.socket.send(JSON.stringify({ type: 'events' }))
    return await Promise.race([one.closed, once(one.socket, 'message').then(() => one)])
  }
  const stands = (one: Awaited<ReturnType<typeof again>>) =>
    typeof one === 'object' && JSON.stringify(one.said[0]).includes('ready')
  await expect.poll(async () => stands(await again()), { timeout: 10_000 }).toBe(true)
  await expect.poll(async () => stands(await again()), { timeout: 10_000 }).toBe(true)
  expect(stands(await again())).toBe(false)
})

/** A worker's door that opens when it is told to, and a job that it has the state of. */
async function doorOfJob(): Promise<{ jobId: string; received: Buffer[]; open(): void; server: Server }> {
  const { db } = api.deps
  const { project } = await seedProject(db)
  const { job } = await seedClaimedJob(db, project.id)
  const store = newId()
  const shellSocket = join(folder, `${store.slice(-8)}.sock`)
  const door = new WebSocketServer({ noServer: true })
  const received: Buffer[] = []
  const waiting: (() => void)[] = []
  let isOpen = false
  const server = createServer()
  server.on('upgrade', (request, socket, head) => {
    const admit = () =>
      door.handleUpgrade(request, socket, head, (connection) => {
        connection.on('message', (data) => received.push(Buffer.from(data as Buffer)))
      })
    if (isOpen) admit()
    else waiting.push(admit)
  })
  await new Promise<void>((resolve) => server.listen(shellSocket, resolve))
  await upsertWorker(db, {
    id: newId(),
    name: 'w',
    pid: 1,
    slots: 1,
    sandbox: [],
    store,
    shellSocket,
    now: new Date(),
  })
  await insertSnapshot(db, {
    id: newId(),
    store,
    projectId: project.id,
    changeId: null,
    kind: 'failed',
    key: `${job.id}-1`,
    state: 'ready',
    layer: `failed-${store}`,
    paths: [],
    sizeBytes: 1,
    job: { id: job.id, attempt: 1, stepNumber: null, stepName: null },
    command: '',
    now: new Date(),
  })
  return {
    jobId: job.id,
    received,
    server,
    open() {
      isOpen = true
      for (const admit of waiting.splice(0)) admit()
    },
  }
}

/** A shell that was let in: the one before it may end a moment later at the server than here. */
async function openShell(jobId: string) {
  for (;;) {
    const shell = await open(`/api/jobs/${jobId}/shell/connect`, api.token)
    shell.socket.ping()
    const pong = once(shell.socket, 'pong').then(() => shell)
    const first = await Promise.race([shell.closed, pong])
    if (typeof first === 'object' && shell.said.length === 0) return shell
    await shell.closed
  }
}

test('a person has so many shells; the next one is told why it has none', async () => {
  const door = await doorOfJob()
  const path = `/api/jobs/${door.jobId}/shell/connect`
  const first = await openShell(door.jobId)
  const second = await open(path, api.token)
  expect(await second.closed).toBe(liveCloseCodes.tooMany)
  expect(second.said).toMatchObject([
    { type: 'error', code: 'too-many-connections', hint: expect.stringContaining('SIGNALBOX_MAX_SHELLS') },
  ])
  first.socket.close()
  await first.closed
  door.open()
  const third = await openShell(door.jobId)
  third.socket.send(Buffer.from('ls\r'))
  await expect.poll(() => Buffer.concat(door.received).toString(), { timeout: 10_000 }).toBe('ls\r')
  door.server.closeAllConnections()
  door.server.close()
})

test('what is typed before the shell is there is kept up to a megabyte, in order; the rest is lost', async () => {
  const door = await doorOfJob()
  const early = await openShell(door.jobId)
  const piece = 50_000
  for (let n = 0; n < 100; n++) early.socket.send(Buffer.alloc(piece, n))
  // The answer to a ping comes after all that was sent before it was read.
  early.socket.ping()
  await once(early.socket, 'pong')
  door.open()
  await expect.poll(() => door.received.length, { timeout: 10_000 }).toBe(Math.floor((1 << 20) / piece))
  early.socket.send(Buffer.from('now'))
  await expect.poll(() => door.received.at(-1)?.toString(), { timeout: 10_000 }).toBe('now')
  expect(door.received.slice(0, -1).map((bytes) => bytes[0])).toEqual(
    Array.from({ length: Math.floor((1 << 20) / piece) }, (_, n) => n),
  )
  door.server.closeAllConnections()
  door.server.close()
})
