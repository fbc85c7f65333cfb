import { StringDecoder } from 'node:string_decoder'
import type { AgentEvent } from './port.ts'

/** Bounds on what a turn's output may become: a line, an event and the whole turn, in UTF-16 units. */
const maxLine = 16 * 1024
const maxEvent = 64 * 1024
const maxTurn = 2 * 1024 * 1024
/** What the answer is made of when an agent writes none. */
const tailLines = 40
const tailChars = 4_000

type Stream = 'stdout' | 'stderr'

/**
 * Turns an agent's raw bytes into `output` events of whole lines, cut to 2 MB a turn with a notice. Bytes that
 * are no UTF-8 become U+FFFD, and so does NUL, which PostgreSQL's text cannot hold.
 */
export class OutputCollector {
  readonly #onEvent: (event: AgentEvent) => Promise<void>
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') }
  readonly #partial = { stdout: '', stderr: '' }
  readonly #tail: string[] = []
  #size = 0
  #cut = false

  constructor(onEvent: (event: AgentEvent) => Promise<void>) {
    this.#onEvent = onEvent
  }

  /** Takes a chunk; resolves when what it completed has been passed on. */
  async take(stream: Stream, chunk: Uint8Array): Promise<void> {
    await this.#add(stream, this.#decoders[stream].write(Buffer.from(chunk)))
  }

  /** Passes on the last lines, which have no line end. */
  async end(): Promise<void> {
    for (const stream of ['stdout', 'stderr'] as const) {
      await this.#add(stream, this.#decoders[stream].end())
      const rest = this.#partial[stream]
      this.#partial[stream] = ''
      if (rest !== '') await this.#emit(stream, `${rest}\n`)
    }
  }

  /** The last lines of stdout, at most 4,000 characters. */
  tail(): string {
    return this.#tail.join('\n').trim().slice(-tailChars)
  }

  async #add(stream: Stream, text: string): Promise<void> {
    if (text === '') return
    const all = this.#partial[stream] + text.replaceAll('\0', '\uFFFD')
    const end = all.lastIndexOf('\n') + 1
    const rest = all.slice(end)
    this.#partial[stream] = rest.length > maxLine ? '' : rest
    const whole = rest.length > maxLine ? `${all}\n` : all.slice(0, end)
    for (let at = 0; at < whole.length; at += maxEvent)
      await this.#emit(stream, whole.slice(at, at + maxEvent))
  }

  async #emit(stream: Stream, text: string): Promise<void> {
    if (stream === 'stdout') this.#remember(text)
    if (this.#cut) return
    const room = maxTurn - this.#size
    this.#size += text.length
    await this.#onEvent({ type: 'output', stream, text: text.slice(0, room) })
    if (text.length <= room) return
    this.#cut = true
    const notice = `[Signalbox: the output of this turn is longer than ${maxTurn} characters; the rest is not kept.]\n`
    await this.#onEvent({ type: 'output', stream: 'stderr', text: notice })
  }

  #remember(text: string): void {
    this.#tail.push(
      ...text
        .replace(/\n$/, '')
        .split('\n')
        .slice(-tailLines)
        .map((line) => line.slice(-tailChars)),
    )
    if (this.#tail.length > tailLines) this.#tail.splice(0, this.#tail.length - tailLines)
  }
}
