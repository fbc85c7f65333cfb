import { plainText } from './ansi.ts'
import type { LogQuery } from './log-match.ts'
import type { MatchReply, MatchRequest } from './log-match-worker.ts'
import type { LogModel } from './log-model.ts'

/** How a search stands. */
export interface SearchState {
  /** Numbers of the lines that hold it, so far, in order. */
  lines: readonly number[]
  /** Every line that is here was looked at. */
  done: boolean
  /** Why it was given up. */
  problem: string | null
}

/** A task may take this long before others get a turn. */
const sliceMs = 8
/** Texts that the Worker gets at once: copying them takes about a millisecond. */
const batchLines = 2000
const workerWaitMs = 2000

interface SearchOptions {
  model: LogModel
  query: LogQuery
  onChange(state: SearchState): void
  startWorker?(): Worker
}

/** One search through a log, also through the lines that come later: `grown()`. Ends with `stop()`. */
export class LogSearch {
  readonly #options: SearchOptions
  readonly #lines: number[] = []
  #after = 0
  #running = false
  #stopped = false
  #problem: string | null = null
  #worker: Worker | null = null

  constructor(options: SearchOptions) {
    this.#options = options
    this.grown()
  }

  get state(): SearchState {
    return {
      lines: this.#lines,
      done: !this.#running || this.#problem !== null,
      problem: this.#problem,
    }
  }

  /** Lines were added to the model. */
  grown(): void {
    if (this.#running || this.#stopped || this.#problem) return
    this.#running = true
    const seek = this.#options.query.regex ? this.#byExpression() : this.#byWords()
    seek
      .catch((error: unknown) => {
        this.#problem = error instanceof Error ? error.message : String(error)
      })
      .finally(() => {
        this.#running = false
        this.#tell()
      })
  }

  stop(): void {
    this.#stopped = true
    this.#worker?.terminate()
    this.#worker = null
  }

  #tell(): void {
    if (!this.#stopped) this.#options.onChange(this.state)
  }

  async #byWords(): Promise<void> {
    const wanted = this.#options.query.text.toLowerCase()
    let began = performance.now()
    for (const line of this.#options.model.lines(this.#after + 1)) {
      if (plainText(line.text).toLowerCase().includes(wanted)) this.#lines.push(line.n)
      this.#after = line.n
      if (line.n % 64 !== 0 || performance.now() - began < sliceMs) continue
      this.#tell()
      await nextTask()
      if (this.#stopped) return
      began = performance.now()
    }
  }

  async #byExpression(): Promise<void> {
    for (;;) {
      const numbers: number[] = []
      const texts: string[] = []
      for (const line of this.#options.model.lines(this.#after + 1)) {
        numbers.push(line.n)
        texts.push(plainText(line.text))
        if (texts.length === batchLines) break
      }
      if (texts.length === 0) return
      const hits = await this.#ask(texts)
      if (this.#stopped) return
      for (const hit of hits) this.#lines.push(numbers[hit] ?? 0)
      this.#after = numbers.at(-1) ?? this.#after
      this.#tell()
    }
  }

  #ask(texts: string[]): Promise<number[]> {
    this.#worker ??= (this.#options.startWorker ?? startWorker)()
    const worker = this.#worker
    const request: MatchRequest = { id: this.#after, source: this.#options.query.text, texts }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.stop()
        this.#stopped = false
        reject(new Error('This expression takes too long on this log.'))
      }, workerWaitMs)
      worker.onmessage = (message: MessageEvent<MatchReply>) => {
        if (message.data.id !== request.id) return
        clearTimeout(timer)
        resolve(message.data.hits)
      }
      worker.onerror = (event) => {
        clearTimeout(timer)
        reject(new Error(event.message || 'The search could not be started.'))
      }
      worker.postMessage(request)
    })
  }
}

function startWorker(): Worker {
  return new Worker(new URL('./log-match-worker.ts', import.meta.url), { type: 'module' })
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
