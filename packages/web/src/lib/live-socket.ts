import type { LiveMessage, LiveRequest } from '@signalbox/core/contract/live.ts'
import { liveCloseCodes } from '@signalbox/core/contract/live-close-codes.ts'
import type { LiveEvent } from '@signalbox/core/contract/views/live.ts'

/** How the line to the server stands; `sinceMs` is when it went into this state. */
export interface LineState {
  state: 'connecting' | 'online' | 'offline'
  sinceMs: number
  /** The server turned this page away: the person has as many open as they may. */
  tooMany?: true
}

type LogMessage = Extract<LiveMessage, { type: 'log' }>

/** A reader of a job's log: `after` is asked anew at each (re)connect, so nothing is lost or doubled. */
export interface LogReader {
  job: string
  after(): { after: number; attempt?: number }
  onLines(message: LogMessage): void
}

interface LiveSocketOptions {
  url: string
  onEvent(event: LiveEvent): void
  /** The line stands, and every event after the last seen one will come. `gap`: some may have been missed. */
  onReady(gap: boolean): void
  /** The server ended the session: nothing more will come until somebody signs in. */
  onSignedOut(): void
  open?(url: string): WebSocket
}

/** Until a page that was turned away asks again: somebody has to close another one first. */
const tooManyMs = 30_000

/** Waits before attempt `n` (from 0) to connect again: 0.5 s doubling to 10 s. */
export function reconnectDelay(attempt: number): number {
  return Math.min(10_000, 500 * 2 ** attempt)
}

/** The one socket of the page: events from a resumable cursor and any number of logs. Reconnects by itself. */
export class LiveSocket {
  readonly #options: LiveSocketOptions
  readonly #logs = new Map<string, Set<LogReader>>()
  readonly #listeners = new Set<() => void>()
  #socket: WebSocket | null = null
  #cursor: number | null = null
  #attempt = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #line: LineState = { state: 'connecting', sinceMs: Date.now() }

  constructor(options: LiveSocketOptions) {
    this.#options = options
  }

  start(): void {
    window.addEventListener('online', this.#retryNow)
    document.addEventListener('visibilitychange', this.#retryNow)
    this.#connect()
  }

  stop(): void {
    window.removeEventListener('online', this.#retryNow)
    document.removeEventListener('visibilitychange', this.#retryNow)
    clearTimeout(this.#timer)
    const socket = this.#socket
    this.#socket = null
    socket?.close()
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  line = (): LineState => this.#line

  /** Reads a job's log until the returned function is called. */
  readLog(reader: LogReader): () => void {
    const readers = this.#logs.get(reader.job) ?? new Set()
    readers.add(reader)
    this.#logs.set(reader.job, readers)
    this.#askLog(reader)
    return () => {
      readers.delete(reader)
      if (readers.size > 0) return
      this.#logs.delete(reader.job)
      this.#send({ type: 'log_stop', job: reader.job })
    }
  }

  #retryNow = (): void => {
    if (this.#socket || document.visibilityState === 'hidden') return
    clearTimeout(this.#timer)
    this.#connect()
  }

  #connect(): void {
    const socket = (this.#options.open ?? ((url) => new WebSocket(url)))(this.#options.url)
    this.#socket = socket
    socket.onopen = () => {
      this.#send({ type: 'events', after: this.#cursor ?? undefined })
      for (const readers of this.#logs.values()) for (const reader of readers) this.#askLog(reader)
    }
    socket.onmessage = (message) => this.#take(String(message.data))
    socket.onclose = (event) => this.#lost(socket, event?.code)
  }

  #lost(socket: WebSocket, code: number | undefined): void {
    if (this.#socket !== socket) return
    if (code === liveCloseCodes.signedOut) this.#options.onSignedOut()
    this.#socket = null
    const tooMany = code === liveCloseCodes.tooMany
    this.#set('offline', tooMany)
    this.#timer = setTimeout(() => this.#connect(), tooMany ? tooManyMs : reconnectDelay(this.#attempt))
    this.#attempt += 1
  }

  #take(text: string): void {
    const message = JSON.parse(text) as LiveMessage
    switch (message.type) {
      case 'ready': {
        // Another cursor than was asked for: what came after ours is kept no longer.
        const resumed = this.#cursor === message.cursor
        this.#cursor = message.cursor
        this.#attempt = 0
        this.#set('online')
        this.#options.onReady(!resumed)
        return
      }
      case 'event':
        this.#cursor = message.event.id
        this.#options.onEvent(message.event)
        return
      case 'log':
        for (const reader of this.#logs.get(message.job) ?? []) reader.onLines(message)
        return
      case 'error':
        // The line stays as it is: what was asked for is named in the message, and the pages read it by HTTP.
        console.warn(`live: ${message.code}: ${message.message}`)
    }
  }

  #askLog(reader: LogReader): void {
    this.#send({ type: 'log', job: reader.job, ...reader.after() })
  }

  #send(request: LiveRequest): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(request))
  }

  #set(state: LineState['state'], tooMany = false): void {
    const before = this.#line
    if (before.state === state && (before.tooMany ?? false) === tooMany) return
    const sinceMs = before.state === state ? before.sinceMs : Date.now()
    this.#line = { state, sinceMs, ...(tooMany ? { tooMany } : {}) }
    for (const listener of this.#listeners) listener()
  }
}
