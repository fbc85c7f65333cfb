import pg from 'pg'
import type { DatabaseLog } from '../db/log.ts'

const firstRetryMs = 100
const longestRetryMs = 2000
const livenessMs = 10_000
const answerWithinMs = 5000

export interface ListenerOptions {
  connectionString: string
  channels: string[]
  log: DatabaseLog
  onNotification(channel: string, payload: string): void
  /** After each connection, the first included: notifications before it are gone, so look for yourself. */
  onConnected(): void
}

/** One LISTEN connection that comes back by itself. `start` waits for the first one and fails with it. */
export class Listener {
  readonly #options: ListenerOptions
  #client: pg.Client | undefined
  #retry: NodeJS.Timeout | undefined
  #liveness: NodeJS.Timeout | undefined
  #retryMs = firstRetryMs
  #closed = false

  constructor(options: ListenerOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    await this.#connect()
    this.#liveness = setInterval(() => void this.#askWhetherAlive(), livenessMs)
    this.#liveness.unref()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#retry)
    clearInterval(this.#liveness)
    await this.#client?.end().catch(() => {})
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.connectionString,
      application_name: 'signalbox events',
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    })
    client.on('error', (error) => this.#lost(client, error.message))
    client.on('end', () => this.#lost(client, 'the server closed it'))
    client.on('notification', (message) =>
      this.#options.onNotification(message.channel, message.payload ?? ''),
    )
    try {
      await client.connect()
      for (const channel of this.#options.channels)
        await client.query(`listen ${pg.escapeIdentifier(channel)}`)
    } catch (error) {
      void client.end().catch(() => {})
      throw error
    }
    if (this.#closed) return void client.end().catch(() => {})
    this.#client = client
    this.#retryMs = firstRetryMs
    this.#options.onConnected()
  }

  #lost(client: pg.Client, why: string): void {
    if (this.#client !== client) return
    this.#client = undefined
    if (this.#closed) return
    this.#options.log.warn(`the connection for live events was lost: ${why}`)
    void client.end().catch(() => {})
    this.#connectLater()
  }

  #connectLater(): void {
    const waitMs = this.#retryMs
    this.#retryMs = Math.min(waitMs * 2, longestRetryMs)
    this.#retry = setTimeout(() => {
      if (this.#closed) return
      this.#connect().catch(() => this.#connectLater())
    }, waitMs)
  }

  /** A machine that vanished sends nothing: only a question that stays unanswered tells. */
  async #askWhetherAlive(): Promise<void> {
    const client = this.#client
    if (!client) return
    const tooLate = setTimeout(() => this.#lost(client, 'it no longer answers'), answerWithinMs)
    await client.query('select 1').catch(() => {})
    clearTimeout(tooLate)
  }
}
