import type { LiveMessage, LiveRequest } from '@signalbox/core/contract/live.ts'
import type { LogLineView } from '@signalbox/core/contract/views/runs.ts'

/** Stands for the live socket: says ready, and lets a log that is read grow by a line every 200 ms. */
export class FixtureSocket {
  readyState = 0
  onopen: (() => void) | null = null
  onmessage: ((message: { data: string }) => void) | null = null
  onclose: (() => void) | null = null
  #timers: ReturnType<typeof setInterval>[] = []

  constructor(offline: boolean) {
    setTimeout(() => {
      if (offline) {
        this.readyState = 3
        this.onclose?.()
      } else {
        this.readyState = 1
        this.onopen?.()
      }
    }, 20)
  }

  send(text: string): void {
    const request = JSON.parse(text) as LiveRequest
    if (request.type === 'events') this.#say({ type: 'ready', cursor: 1 })
    if (request.type === 'log') this.#grow(request.job, request.after ?? 0)
    if (request.type === 'log_stop') this.close()
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers = []
  }

  #grow(job: string, after: number): void {
    let n = after
    const grow = () => {
      n += 1
      const line: LogLineView = {
        n,
        step: 4,
        at: Date.now(),
        stream: 'stdout',
        text: `\u001b[32m✓\u001b[0m live line ${n}`,
      }
      this.#say({ type: 'log', job, attempt: 1, lines: [line], complete: false })
    }
    this.#timers.push(setInterval(grow, 200))
  }

  #say(message: LiveMessage): void {
    setTimeout(() => this.onmessage?.({ data: JSON.stringify(message) }), 1)
  }
}
