import type { ToolKind } from '@signalbox/core/base/tool-kind.ts'
import type { AgentEvent } from '../port.ts'
import { lineDiff } from './line-diff.ts'
import type { ToolContent, ToolFields, Update } from './schema.ts'

/** Bounds on one event, in UTF-16 units: what is longer is cut in the middle. */
const maxText = 32 * 1024
const maxDiff = 64 * 1024
const maxDiffFiles = 20
const maxInput = 8 * 1024
const maxTitle = 500
const maxEntries = 100
const maxLocations = 50
/** Streamed words are stored when so many have gathered, or so much time has passed. */
const flushChars = 4_000
const flushMs = 400

interface KnownTool {
  title: string
  kind: ToolKind
  locations: string
  ended: boolean
  input: boolean
}

/**
 * Makes our events of a session's updates, in their order: gathers streamed words, tells of each call once and
 * of its end once, and takes what an agent tells as totals for what it adds to them.
 */
export class UpdateTranslator {
  readonly #emit: (event: AgentEvent) => Promise<void>
  readonly #tools = new Map<string, KnownTool>()
  readonly #totals: Map<string, number>
  #waiting: { type: 'message' | 'thought'; text: string; id: string | undefined; more: boolean } | undefined
  #timer: NodeJS.Timeout | undefined
  #answer = ''
  #lastWords = ''
  #plan: string[] = []
  #cost = 0

  constructor(emit: (event: AgentEvent) => Promise<void>, totals: Record<string, number>) {
    this.#emit = emit
    this.#totals = new Map(Object.entries(totals))
  }

  /** What the agent said after its last tool call; else its last words before. */
  get answer(): string {
    return (this.#answer.trim() || this.#lastWords).trim()
  }

  get planText(): string {
    return this.#plan.map((line, n) => `${n + 1}. ${line}`).join('\n')
  }

  get totals(): Record<string, number> {
    return Object.fromEntries(this.#totals)
  }

  async take(update: Update): Promise<void> {
    switch (update.sessionUpdate) {
      case 'agent_message_chunk':
      case 'agent_thought_chunk': {
        const type = update.sessionUpdate === 'agent_message_chunk' ? 'message' : 'thought'
        const { content } = update
        const text = 'text' in content ? content.text : `[${content.type}]`
        return await this.#words(type, text, update.messageId ?? undefined)
      }
      case 'tool_call':
      case 'tool_call_update':
        await this.flush()
        return await this.tool(update)
      case 'plan': {
        await this.flush()
        const entries = update.entries
          .slice(0, maxEntries)
          .map(({ content, status }) => ({ text: storable(content, maxTitle), status }))
        this.#plan = entries.map((entry) => entry.text)
        return await this.#emit({ type: 'plan', entries })
      }
      case 'usage_update':
        // Told again and again while it grows: stored once, at the end of the turn.
        if (update.cost?.currency.toUpperCase() === 'USD') this.#cost = update.cost.amount
        return
      case 'notice': {
        await this.flush()
        const text = `${update.severity}: ${update.title}${update.message ? `\n${update.message}` : ''}\n`
        return await this.#emit({ type: 'output', stream: 'stderr', text: storable(text, maxText) })
      }
    }
  }

  /** A call or what became known of it; a permission may name a call that was never told of. */
  async tool(fields: ToolFields): Promise<void> {
    const id = storable(fields.toolCallId, 200)
    const known = this.#tools.get(id)
    const kind = fields.kind ?? known?.kind ?? 'other'
    const title = storable(fields.title ?? known?.title ?? kind, maxTitle)
    const places = placesOf(fields)
    const input = inputOf(fields)
    if (!known) {
      this.#lastWords = this.#answer.trim() || this.#lastWords
      this.#answer = ''
      this.#tools.set(id, { title, kind, locations: places.join(), ended: false, input: input !== undefined })
      await this.#emit({
        type: 'tool_call',
        id,
        title,
        kind,
        ...(places.length > 0 ? { locations: places } : {}),
        ...(input === undefined ? {} : { input }),
      })
    } else if (!known.ended) {
      const moved = places.length > 0 && places.join() !== known.locations
      if (title !== known.title || kind !== known.kind || moved) {
        Object.assign(known, { title, kind, ...(moved ? { locations: places.join() } : {}) })
        await this.#emit({ type: 'tool_update', id, title, kind, ...(moved ? { locations: places } : {}) })
      }
    }
    const tool = this.#tools.get(id)
    const over = fields.status === 'completed' || fields.status === 'failed'
    if (!over || !tool || tool.ended) return
    tool.ended = true
    const diff = diffOf(fields.content)
    const output = outputOf(fields, diff)
    await this.#emit({
      type: 'tool_result',
      id,
      ok: fields.status === 'completed',
      output,
      ...(diff ? { diff } : {}),
    })
  }

  /** Calls of which no end was told, when the turn is over: they did not end well or nobody said. */
  async end(ok: boolean): Promise<void> {
    await this.flush()
    for (const [id, tool] of this.#tools) {
      if (tool.ended) continue
      tool.ended = true
      await this.#emit({ type: 'tool_result', id, ok, output: ok ? '' : 'The turn ended before this did.' })
    }
  }

  /** Stores the share of this turn in the session's totals; `fresh` holds counts of this turn alone. */
  async usage(
    totals: Record<string, number | null | undefined>,
    fresh: Record<string, number> = {},
  ): Promise<void> {
    const all = this.#cost > 0 ? { ...totals, costUsd: this.#cost } : totals
    const used = new Map(Object.entries(fresh))
    for (const [name, total] of Object.entries(all)) {
      if (typeof total !== 'number') continue
      const before = this.#totals.get(name) ?? 0
      // A total that shrank has begun anew.
      const share = total >= before ? total - before : total
      this.#totals.set(name, total)
      if (share > 0) used.set(name, Math.round(share * 1e9) / 1e9)
    }
    if (used.size > 0) await this.#emit({ type: 'usage', ...Object.fromEntries(used) })
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const words = this.#waiting
    this.#waiting = undefined
    if (words && words.text !== '') await this.#emitWords(words)
  }

  async #words(type: 'message' | 'thought', raw: string, id: string | undefined): Promise<void> {
    const text = storable(raw, maxText * 4)
    const same = this.#waiting?.type === type && this.#waiting.id === id
    if (!same) {
      await this.flush()
      this.#waiting = { type, text: '', id, more: false }
      if (type === 'message' && this.#answer !== '' && id !== undefined) this.#answer += '\n'
    }
    const words = this.#waiting
    if (!words) return
    words.text += text
    if (type === 'message') this.#answer = (this.#answer + text).slice(-maxText)
    if (words.text.length >= flushChars) return await this.#pass()
    this.#timer ??= setTimeout(() => void this.#pass().catch(() => {}), flushMs)
  }

  /** Passes on what has gathered; what comes next of the same message goes on with it. */
  async #pass(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const words = this.#waiting
    if (!words || words.text === '') return
    this.#waiting = { ...words, text: '', more: true }
    await this.#emitWords(words)
  }

  async #emitWords({ type, text, more }: { type: 'message' | 'thought'; text: string; more: boolean }) {
    for (let at = 0; at < text.length; at += maxText) {
      const goesOn = more || at > 0
      await this.#emit({ type, text: text.slice(at, at + maxText), ...(goesOn ? { more: true } : {}) })
    }
  }
}

/** Text that PostgreSQL can hold, cut to a length. */
export function storable(text: string, max: number): string {
  const whole = text.replaceAll('\0', '\uFFFD').toWellFormed()
  return whole.length <= max ? whole : `${whole.slice(0, max - 20).toWellFormed()}\n[… cut]`
}

/** Paths of the workspace without its prefix, with the line. */
export function placesOf({ locations }: ToolFields): string[] {
  return (locations ?? [])
    .slice(0, maxLocations)
    .map(({ path, line }) => storable(`${insidePath(path)}${line ? `:${line}` : ''}`, 1_000))
}

function insidePath(path: string): string {
  return path.startsWith('/workspace/') ? path.slice('/workspace/'.length) : path
}

/** What goes into a call, as text; undefined when the agent does not tell. */
export function inputOf({ rawInput }: ToolFields): string | undefined {
  if (rawInput === undefined || rawInput === null) return undefined
  const text = typeof rawInput === 'string' ? rawInput : jsonOf(rawInput)
  return text === '{}' || text === '' ? undefined : storable(text, maxInput)
}

/** The diffs of a call, one after the other. */
export function diffOf(content: ToolContent[] | null | undefined): string | undefined {
  let text = ''
  let files = 0
  for (const part of content ?? []) {
    if (!('newText' in part)) continue
    // Comparing costs far more than what is compared is long: one message must not stop the worker for a minute.
    if (++files > maxDiffFiles || text.length > maxDiff) {
      text += 'The changes of further files are left out.\n'
      break
    }
    text += lineDiff(insidePath(part.path), part.oldText ?? null, part.newText)
  }
  return text === '' ? undefined : storable(text, maxDiff)
}

/** Words in the content of a call. */
export function textOf(content: ToolContent[] | null | undefined): string {
  return (content ?? [])
    .flatMap((part) => ('content' in part && 'text' in part.content ? [part.content.text] : []))
    .join('\n')
}

function outputOf(fields: ToolFields, diff: string | undefined): string {
  const text = textOf(fields.content)
  if (text !== '') return storable(text, maxText)
  const { rawOutput } = fields
  if (rawOutput === undefined || rawOutput === null || diff !== undefined) return ''
  return storable(typeof rawOutput === 'string' ? rawOutput : jsonOf(rawOutput), maxText)
}

const maxIndented = 64

/** For people to read; on one line where indenting would make much of little, and a word where it is too deep. */
function jsonOf(value: unknown): string {
  try {
    const plain = JSON.stringify(value)
    return plain.length > maxText || depthOf(plain) > maxIndented ? plain : JSON.stringify(value, null, 2)
  } catch {
    return '[nested too deeply]'
  }
}

/** At least as deep as it is: brackets in texts count, too. */
function depthOf(json: string): number {
  let depth = 0
  let deepest = 0
  for (const char of json) {
    if (char === '[' || char === '{') deepest = Math.max(deepest, ++depth)
    else if (char === ']' || char === '}') depth--
  }
  return deepest
}
