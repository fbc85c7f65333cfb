import type { LiveMessage, LiveRequest } from '@signalbox/core/contract/live.ts'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LiveSocket, reconnectDelay } from './live-socket.ts'

class FakeSocket {
  readyState = 0
  sent: LiveRequest[] = []
  onopen = () => {}
  onmessage = (_: { data: string }) => {}
  onclose = (_?: { code: number }) => {}
  send(text: string) {
    this.sent.push(JSON.parse(text) as LiveRequest)
  }
  close() {}
  accept() {
    this.readyState = 1
    this.onopen()
  }
  say(message: LiveMessage) {
    this.onmessage({ data: JSON.stringify(message) })
  }
}

const event = {
  at: '',
  type: 'x',
  projectId: null,
  changeId: null,
  runId: null,
  jobId: null,
  deploymentId: null,
  data: {},
}
const sockets: FakeSocket[] = []
const onEvent = vi.fn()
const onReady = vi.fn()
const onSignedOut = vi.fn()

function newest(): FakeSocket {
  const socket = sockets.at(-1)
  if (!socket) throw new Error('no socket was opened')
  return socket
}

function start(): LiveSocket {
  const open = () => {
    const socket = new FakeSocket()
    sockets.push(socket)
    return socket as unknown as WebSocket
  }
  const live = new LiveSocket({ url: 'ws://x', onEvent, onReady, onSignedOut, open })
  live.start()
  newest().accept()
  newest().say({ type: 'ready', cursor: 7 })
  return live
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('window', { addEventListener() {}, removeEventListener() {} })
  vi.stubGlobal('document', { addEventListener() {}, removeEventListener() {}, visibilityState: 'visible' })
  vi.stubGlobal('WebSocket', { OPEN: 1 })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.clearAllMocks()
  sockets.length = 0
})

test('goes on from the last event after a lost connection', async () => {
  const live = start()
  expect(newest().sent[0]).toEqual({ type: 'events' })
  expect(onReady).toHaveBeenLastCalledWith(true)
  newest().say({ type: 'event', event: { ...event, id: 9 } })
  newest().onclose()
  expect(live.line().state).toBe('offline')
  await vi.advanceTimersByTimeAsync(600)
  newest().accept()
  expect(newest().sent[0]).toEqual({ type: 'events', after: 9 })
  newest().say({ type: 'ready', cursor: 9 })
  expect(onReady).toHaveBeenLastCalledWith(false)
  expect(live.line().state).toBe('online')
})

test('a log is asked for again from where its reader stands', async () => {
  const live = start()
  let last = 0
  const stop = live.readLog({ job: 'j', after: () => ({ after: last }), onLines: () => {} })
  expect(newest().sent.at(-1)).toEqual({ type: 'log', job: 'j', after: 0 })
  last = 41
  newest().onclose()
  await vi.advanceTimersByTimeAsync(600)
  newest().accept()
  expect(newest().sent.at(-1)).toEqual({ type: 'log', job: 'j', after: 41 })
  stop()
  expect(newest().sent.at(-1)).toEqual({ type: 'log_stop', job: 'j' })
})

test('a session that ended is said', () => {
  start()
  newest().onclose({ code: 4001 })
  expect(onSignedOut).toHaveBeenCalledOnce()
})

test('a page that is turned away says so, asks again after half a minute, and goes on where it was', async () => {
  const live = start()
  newest().onclose({ code: 4029 })
  expect(live.line()).toMatchObject({ state: 'offline', tooMany: true })
  await vi.advanceTimersByTimeAsync(20_000)
  expect(sockets).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(11_000)
  expect(sockets).toHaveLength(2)
  newest().accept()
  expect(newest().sent[0]).toEqual({ type: 'events', after: 7 })
  newest().say({ type: 'ready', cursor: 7 })
  expect(live.line()).toMatchObject({ state: 'online' })
  expect(live.line().tooMany).toBeUndefined()
})

test('waits longer after each failure, ten seconds at most', () => {
  expect([0, 1, 2, 9].map(reconnectDelay)).toEqual([500, 1000, 2000, 10_000])
})
