import type { LogLineView } from '@signalbox/core/contract/views/runs.ts'
import { type LogLevel, levelOf, readLogCommand, stopToken } from './log-command.ts'

/** A step's or a `::group::`'s beginning: what is folded under it is `first` up to `end` of the entries. */
export interface LogFold {
  kind: 'step' | 'group'
  step: number
  /** Of a group; a step's name stands in the run. */
  title: string
  /** Line of the `::group::`; 0 of a step. */
  n: number
  open: boolean
  /** Lines in it, nested ones included. */
  count: number
  errors: number
}

/** A line as it is shown. */
export interface LogEntry {
  line: LogLineView
  level: LogLevel
  text: string
  inGroup: boolean
}

/** A row as it is drawn: the head of a step or group, or a line. */
export type LogRow = { kind: 'fold'; fold: LogFold; id: number } | ({ kind: 'line' } & LogEntry)

/** What stands in order: a line (its index in `#lines`), or a fold (its index in `#folds`). */
interface Item {
  fold: LogFold | null
  line: LogLineView | null
  level: LogLevel
  text: string
  step: LogFold
  group: LogFold | null
}

/** A step, and what its next line is read with. */
interface StepState {
  fold: LogFold
  group: LogFold | null
  stopped: string | null
}

export interface FoldMemory {
  read(key: string): boolean | undefined
  write(key: string, open: boolean): void
}

/**
 * The lines of one attempt of a job, folded by step and `::group::`, as an indexable list of rows. Adding a
 * line costs the same with ten lines as with a million; folding walks them once.
 */
export class LogModel {
  readonly #memory: FoldMemory | undefined
  readonly #items: Item[] = []
  /** Indexes of the items that are shown. */
  #rows: number[] = []
  /** By number, in the order in which they began: steps that run beside each other go on in turn. */
  readonly #steps = new Map<number, StepState>()
  #step: StepState | null = null
  /** Its lines stand last: those that come to it need no moving. */
  #lastBegun: StepState | null = null
  /** Lines of a step stand behind those of one that began later, and must move up. */
  #unsorted = false
  /** Where the lines of each step begin, once they do not stand in the order of their numbers. */
  #segments: number[] | null = null
  #last = 0
  #lineCount = 0
  #version = 0
  readonly #marks: { n: number; level: 'error' | 'warning' }[] = []

  constructor(memory?: FoldMemory) {
    this.#memory = memory
  }

  /** The cursor: number of the last line that was added. */
  get lastLine(): number {
    return this.#last
  }

  get lineCount(): number {
    return this.#lineCount
  }

  get rowCount(): number {
    return this.#rows.length
  }

  /** Goes up when rows moved, not when some were added at the end. */
  get version(): number {
    return this.#version
  }

  /** Lines that are errors or warnings, in order. */
  get marks(): readonly { n: number; level: 'error' | 'warning' }[] {
    return this.#marks
  }

  /** Time of the first line, in ms since the epoch. */
  get startedAt(): number {
    for (const { line } of this.#items) if (line) return line.at
    return 0
  }

  /** Adds lines in order; those already there are passed over (a reconnect may send them again). */
  add(lines: readonly LogLineView[]): number {
    let added = 0
    for (const line of lines) {
      if (line.n <= this.#last) continue
      this.#addLine(line)
      this.#last = line.n
      added += 1
    }
    if (this.#unsorted) this.#sort()
    return added
  }

  clear(): void {
    this.#items.length = 0
    this.#rows = []
    this.#marks.length = 0
    this.#step = null
    this.#lastBegun = null
    this.#steps.clear()
    this.#unsorted = false
    this.#segments = null
    this.#last = 0
    this.#lineCount = 0
    this.#version += 1
  }

  row(index: number): LogRow | null {
    const id = this.#rows[index]
    const item = id === undefined ? undefined : this.#items[id]
    if (!item || id === undefined) return null
    if (item.fold) return { kind: 'fold', fold: item.fold, id }
    if (!item.line) return null
    const { line, level, text } = item
    return { kind: 'line', line, level, text, inGroup: item.group !== null }
  }

  /** Folds or opens what the row's fold holds; by a person, so it is remembered. */
  toggle(id: number): void {
    const fold = this.#items[id]?.fold
    if (!fold) return
    this.#setOpen(fold, !fold.open)
    this.#memory?.write(keyOf(fold), fold.open)
  }

  /** All folds of a kind at once. */
  setAll(kind: LogFold['kind'], open: boolean): void {
    for (const { fold } of this.#items) {
      if (fold?.kind !== kind) continue
      fold.open = open
      this.#memory?.write(keyOf(fold), open)
    }
    this.#rebuild()
  }

  openStep(step: number): void {
    const fold = this.#items.find((item) => item.fold?.kind === 'step' && item.fold.step === step)?.fold
    if (fold) this.#setOpen(fold, true)
  }

  /** Row of a line by its number, opening what hides it; null when it is not here. */
  revealLine(n: number): number | null {
    const id = this.#itemOfLine(n)
    const item = id === null ? undefined : this.#items[id]
    if (id === null || !item) return null
    if (!item.step.open || (item.group && item.group !== item.fold && !item.group.open)) {
      item.step.open = true
      if (item.group) item.group.open = true
      this.#rebuild()
    }
    return this.#rowOf(id)
  }

  /** Row that shows the line now: itself, or the fold that hides it. */
  rowNear(n: number): number | null {
    const id = this.#itemOfLine(n)
    return id === null ? null : Math.min(this.#rowOf(id), this.#rows.length - 1)
  }

  /** The fold that a row stands in, for folding by key; its item's id. */
  foldAt(index: number): number | null {
    const id = this.#rows[index]
    const item = id === undefined ? undefined : this.#items[id]
    if (!item || id === undefined) return null
    if (item.fold) return id
    const wanted = item.group ?? item.step
    for (let at = id; at >= 0; at -= 1) if (this.#items[at]?.fold === wanted) return at
    return null
  }

  rowOfFold(id: number): number {
    return this.#rowOf(id)
  }

  /** Row of a step's last line, where a failure usually stands, opened; null when it wrote nothing. */
  endOfStep(step: number): number | null {
    const last = this.#items.findLast((item) => item.step.step === step && item.line)
    return last?.line ? this.revealLine(last.line.n) : null
  }

  startOfStep(step: number): number | null {
    const id = this.#items.findIndex((item) => item.fold?.kind === 'step' && item.fold.step === step)
    return id < 0 ? null : this.#rowOf(id)
  }

  /** Number of the next error (or warning, when there is no error) after a line, around the end; null of none. */
  markAfter(n: number, step: 1 | -1): number | null {
    const errors = this.#marks.filter((mark) => mark.level === 'error')
    const marks = errors.length > 0 ? errors : this.#marks
    const found =
      step > 0 ? marks.find((mark) => mark.n > n) : marks.findLast((mark) => n === 0 || mark.n < n)
    return (found ?? (step > 0 ? marks[0] : marks.at(-1)))?.n ?? null
  }

  /** Lines by number, both ends included, as they came: with control sequences. */
  *lines(from = 1, to = Number.POSITIVE_INFINITY): Generator<LogLineView> {
    if (this.#segments) {
      const lines = this.#items.flatMap(({ line }) => (line && line.n >= from && line.n <= to ? [line] : []))
      yield* lines.sort((a, b) => a.n - b.n)
      return
    }
    const first = from <= 1 ? 0 : (this.#itemOfLine(from) ?? this.#items.length)
    for (let id = first; id < this.#items.length; id += 1) {
      const line = this.#items[id]?.line
      if (line && line.n > to) return
      if (line && line.n >= from) yield line
    }
  }

  #addLine(line: LogLineView): void {
    const state = this.#stepFor(line.step)
    const step = state.fold
    this.#lineCount += 1
    step.count += 1
    const token = state.stopped
    if (token !== null) {
      if (line.text.trim() === `::${token}::`) state.stopped = null
      this.#push(line, step, state.group, levelOf(line.text), line.text)
      return
    }
    state.stopped = line.text.includes('::') ? stopToken(line.text) : null
    const read = readLogCommand(line.text)
    if (read.kind === 'group') state.group = this.#beginGroup(line, step, read.title)
    else if (read.kind === 'text') this.#push(line, step, state.group, read.level, read.text)
    else if (state.group) state.group = null
    else this.#push(line, step, null, null, line.text)
  }

  #beginGroup(line: LogLineView, step: LogFold, title: string): LogFold {
    const group: LogFold = {
      kind: 'group',
      step: line.step,
      title,
      n: line.n,
      open: false,
      count: 0,
      errors: 0,
    }
    group.open = this.#memory?.read(keyOf(group)) ?? false
    const id = this.#items.push({ fold: group, line, level: null, text: title, step, group }) - 1
    if (step.open) this.#rows.push(id)
    return group
  }

  #push(line: LogLineView, step: LogFold, group: LogFold | null, level: LogLevel, text: string): void {
    const id = this.#items.push({ fold: null, line, level, text, step, group }) - 1
    if (group) group.count += 1
    if (level === 'error' || level === 'warning') this.#marks.push({ n: line.n, level })
    if (level === 'error') {
      step.errors += 1
      if (group) group.errors += 1
    }
    if (step.open && (!group || group.open)) this.#rows.push(id)
  }

  #stepFor(number: number): StepState {
    if (this.#step?.fold.step === number) return this.#step
    const begun = this.#steps.get(number)
    if (begun) {
      if (begun !== this.#lastBegun) this.#unsorted = true
      this.#step = begun
      return begun
    }
    const fold: LogFold = { kind: 'step', step: number, title: '', n: 0, open: true, count: 0, errors: 0 }
    fold.open = this.#memory?.read(keyOf(fold)) ?? true
    const state: StepState = { fold, group: null, stopped: null }
    this.#step = state
    this.#lastBegun = state
    this.#steps.set(number, state)
    this.#segments?.push(this.#items.length)
    this.#rows.push(
      this.#items.push({ fold, line: null, level: null, text: '', step: fold, group: null }) - 1,
    )
    return state
  }

  /** Puts the lines of each step together, steps in the order in which they began. */
  #sort(): void {
    const byStep = new Map<LogFold, Item[]>()
    for (const { fold } of this.#steps.values()) byStep.set(fold, [])
    for (const item of this.#items) byStep.get(item.step)?.push(item)
    this.#items.length = 0
    this.#segments = []
    for (const items of byStep.values()) {
      this.#segments.push(this.#items.length)
      for (const item of items) this.#items.push(item)
    }
    this.#unsorted = false
    this.#step = this.#lastBegun
    this.#rebuild()
  }

  #setOpen(fold: LogFold, open: boolean): void {
    if (fold.open === open) return
    fold.open = open
    this.#rebuild()
  }

  #rebuild(): void {
    const rows: number[] = []
    for (let id = 0; id < this.#items.length; id += 1) {
      const item = this.#items[id]
      if (!item) continue
      const head = item.fold?.kind === 'step'
      const within = !item.group || item.fold === item.group || item.group.open
      if (head || (item.step.open && within)) rows.push(id)
    }
    this.#rows = rows
    this.#version += 1
  }

  /** Lines come in order of their numbers, and folds between them: a search by halves. */
  #itemOfLine(n: number): number | null {
    if (!this.#segments) return this.#itemBetween(n, 0, this.#items.length)
    for (const [at, from] of this.#segments.entries()) {
      const found = this.#itemBetween(n, from, this.#segments[at + 1] ?? this.#items.length)
      if (found !== null) return found
    }
    return null
  }

  #itemBetween(n: number, from: number, to: number): number | null {
    let low = from
    let high = to - 1
    while (low <= high) {
      let middle = (low + high) >> 1
      while (middle < high && !this.#items[middle]?.line) middle += 1
      const at = this.#items[middle]?.line?.n
      if (at === n) return middle
      if (at === undefined || at > n) high = ((low + high) >> 1) - 1
      else low = middle + 1
    }
    return null
  }

  /** Where an item stands among the rows, or the last row before it. */
  #rowOf(id: number): number {
    let low = 0
    let high = this.#rows.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#rows[middle] ?? 0) <= id) low = middle
      else high = middle - 1
    }
    return low
  }
}

function keyOf(fold: LogFold): string {
  return fold.kind === 'step' ? `step ${fold.step}` : `group ${fold.step} ${fold.title}`
}
