import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LiveMessage } from '@signalbox/core/contract/live.ts'
import { WebSocket } from 'ws'

/** More attempts than this without a line follow on one another only when the job is over. */
const mostEmpty = 10

/** What a viewer saw of one attempt of a job. */
export interface Seen {
  lines: string[]
}

/** Follows a job's log over the live channel, comes back after each lost connection and goes on where it was. */
export interface Viewer {
  /** By attempt. */
  seen: Map<number, Seen>
  /** Line numbers that came twice or were passed over. */
  faults: string[]
  reconnects(): number
  stop(): Promise<void>
}

/** Starts following; without a server it tries again until stopped. */
export function followJob(options: { dataDir: string; port: number; jobId: string }): Viewer {
  const seen = new Map<number, Seen>()
  const faults: string[] = []
  let attempt = 1
  let emptyInARow = 0
  let connections = 0
  let stopped = false
  let socket: WebSocket | undefined

  function of(number: number): Seen {
    const known = seen.get(number) ?? { lines: [] }
    seen.set(number, known)
    return known
  }

  function ask(): void {
    const after = seen.get(attempt)?.lines.length ?? 0
    if (socket?.readyState !== socket?.OPEN) return
    socket?.send(JSON.stringify({ type: 'log', job: options.jobId, attempt, after }))
  }

  function take(message: LiveMessage): void {
    if (message.type !== 'log') return
    if (message.lines.length > 0) emptyInARow = 0
    const mine = message.lines.length > 0 ? of(message.attempt) : { lines: [] }
    for (const line of message.lines) {
      const expected = mine.lines.length + 1
      if (line.n !== expected) {
        faults.push(`attempt ${message.attempt}: line ${line.n} came where ${expected} was due`)
      }
      mine.lines.push(line.text)
    }
    if (!message.complete) return
    // The next attempt, as often as there may be one: an attempt that is cut off at once has no lines.
    emptyInARow++
    attempt = message.attempt + 1
    if (emptyInARow < mostEmpty) setTimeout(ask, 100)
  }

  async function connectOnce(): Promise<void> {
    const token = (await readFile(join(options.dataDir, 'cli-token'), 'utf8')).trim()
    const made = new WebSocket(`ws://127.0.0.1:${options.port}/api/live`, {
      headers: { authorization: `Bearer ${token}` },
      handshakeTimeout: 3000,
    })
    socket = made
    await new Promise<void>((resolve) => {
      made.on('open', () => {
        connections++
        ask()
      })
      made.on('message', (data) => {
        const parsed = LiveMessage.parse(JSON.parse(String(data)))
        // The database may be away while the server stands: come back.
        if (parsed.type === 'error') made.terminate()
        else take(parsed)
      })
      made.on('error', () => {})
      made.on('close', () => resolve())
    })
  }

  async function loop(): Promise<void> {
    while (!stopped) {
      await connectOnce().catch(() => {})
      await sleep(100)
    }
  }

  const running = loop()
  return {
    seen,
    faults,
    reconnects: () => Math.max(0, connections - 1),
    async stop() {
      stopped = true
      socket?.terminate()
      await running
    },
  }
}
