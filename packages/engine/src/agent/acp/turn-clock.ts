/** Counts the time of a turn, but not while somebody is asked. */
export class TurnClock {
  readonly #abort = new AbortController()
  #leftMs: number
  #since: number | undefined
  #timer: NodeJS.Timeout | undefined
  #pauses = 0

  constructor(timeoutMs: number) {
    this.#leftMs = timeoutMs
    this.#start()
  }

  /** Aborts when the time is over. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  async paused<T>(work: () => Promise<T>): Promise<T> {
    this.#pauses += 1
    if (this.#pauses === 1) this.stop()
    try {
      return await work()
    } finally {
      this.#pauses -= 1
      if (this.#pauses === 0) this.#start()
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
    if (this.#since !== undefined) this.#leftMs -= performance.now() - this.#since
    this.#since = undefined
  }

  #start(): void {
    this.#since = performance.now()
    this.#timer = setTimeout(() => this.#abort.abort(), Math.max(0, this.#leftMs))
  }
}
