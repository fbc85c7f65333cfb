import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createIngressClient } from './client.ts'
import { ensureIngress, stopIngress } from './ensure.ts'
import { commandName, listenerInodes } from './port-holder.ts'
import { ask, startTestRelease } from './test-release.ts'

let dataDir: string
let port: number

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ensure-'))
  port = await freePort()
})

afterEach(async () => {
  await stopIngress({ dataDir })
  await rm(dataDir, { recursive: true })
})

function listen(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      resolve({ port, close: () => new Promise((done) => server.close(() => done())) })
    })
  })
}

async function freePort(): Promise<number> {
  const listener = await listen()
  await listener.close()
  return listener.port
}

test('starts one, adopts it, and brings its routes back after kill -9', async () => {
  const options = { dataDir, port, nodePath: process.execPath }
  const first = await ensureIngress(options)
  expect(first).toMatchObject({ port, adopted: false })
  expect(await ensureIngress(options)).toEqual({ ...first, adopted: true })
  const socketPath = join(dataDir, 'r.sock')
  const release = await startTestRelease(socketPath, (_req, res) => res.end('live'))
  const client = createIngressClient({ dataDir })
  await client.setRoute({ host: 'sample.localhost', releaseId: 'r', socketPath })
  process.kill(first.pid, 'SIGKILL')
  const second = await ensureIngress(options)
  expect(second.adopted).toBe(false)
  expect(second.pid).not.toBe(first.pid)
  expect((await ask(port, { host: 'sample.localhost' })).body).toBe('live')
  await release.kill()
})

test('moves to another port when asked, and two starters make one', async () => {
  const [one, two] = await Promise.all([
    ensureIngress({ dataDir, port, nodePath: process.execPath }),
    ensureIngress({ dataDir, port, nodePath: process.execPath }),
  ])
  expect(one?.pid).toBe(two?.pid)
  const other = await freePort()
  const moved = await ensureIngress({ dataDir, port: other, nodePath: process.execPath })
  expect(moved).toMatchObject({ port: other, adopted: false })
  expect(await createIngressClient({ dataDir }).address()).toEqual({ port: other })
})

test('one that hangs is ended and replaced', async () => {
  const options = { dataDir, port, nodePath: process.execPath }
  const hung = await ensureIngress(options)
  process.kill(hung.pid, 'SIGSTOP')
  const next = await ensureIngress(options)
  expect(next).toMatchObject({ port, adopted: false })
  expect(next.pid).not.toBe(hung.pid)
}, 40_000)

test('a taken port is a failure that names its holder', async () => {
  const holder = await listen()
  const started = ensureIngress({ dataDir, port: holder.port, nodePath: process.execPath })
  await expect(started).rejects.toMatchObject({
    code: 'port-in-use',
    message: expect.stringContaining(`process ${process.pid} (`),
  })
  await holder.close()
})

test('stopping is idempotent and says whether one ran', async () => {
  expect(await stopIngress({ dataDir })).toBe(false)
  await ensureIngress({ dataDir, port, nodePath: process.execPath })
  expect(await stopIngress({ dataDir })).toBe(true)
  expect(await stopIngress({ dataDir })).toBe(false)
})

test('a data folder too deep for a unix socket is refused with the way out', async () => {
  const deep = join(dataDir, 'x'.repeat(120))
  const started = ensureIngress({ dataDir: deep, port, nodePath: process.execPath })
  await expect(started).rejects.toMatchObject({ code: 'data-dir-too-long' })
})

test('finds the inodes of listeners, not of connections, in /proc/net/tcp', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:0BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0',
    '   1: 0100007F:0BB9 0100007F:D2A4 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0',
    '   2: 0100007F:0BBA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0',
  ].join('\n')
  expect(listenerInodes(table, 3001)).toEqual(['111'])
})

test.each([
  ['/usr/bin/node\0/srv/app/main.ts\0--token\0x', 'node main.ts'],
  ['/usr/bin/node\0--token=x\0main.ts', 'node'],
  ['nginx: master process', 'nginx: master process'],
  ['', 'unknown'],
])('names a process by program and script only: %j', (cmdline, name) => {
  expect(commandName(cmdline)).toBe(name)
})
