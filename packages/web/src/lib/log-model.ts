import type { LogLineView } from '@signalbox/core/contract/views/runs.ts'

/** A row as it is drawn: the header of a step, or a line of it. */
export type LogRow =
  | { kind: 'step'; step: number; count: number; open: boolean }
  | { kind: 'line'; line: LogLineView }

interface Group {
  step: number
  open: boolean
  lines: LogLineView[]
}

/**
 * The lines of one attempt of a job, grouped by step, as an indexable list of rows. Adding a line costs the
 * same with ten lines as with a million: nothing is copied.
 */
export class LogModel {
  readonly #groups: Group[] = []
  readonly #closed = new Set<number>()
  #last = 0

  /** The cursor: number of the last line that was added. */
  get lastLine(): number {
    return this.#last
  }

  get rowCount(): number {
    return this.#groups.reduce((sum, group) => sum + 1 + (group.open ? group.lines.length : 0), 0)
  }

  /** Adds lines in order; those already there are passed over (a reconnect may send them again). */
  add(lines: LogLineView[]): number {
    let added = 0
    for (const line of lines) {
      if (line.n <= this.#last) continue
      this.#groupFor(line.step).lines.push(line)
      this.#last = line.n
      added += 1
    }
    return added
  }

  clear(): void {
    this.#groups.length = 0
    this.#last = 0
  }

  /** Steps with no line yet have no group; folding one is remembered until its first line comes. */
  setOpen(step: number, open: boolean): void {
    if (open) this.#closed.delete(step)
    else this.#closed.add(step)
    for (const group of this.#groups) if (group.step === step) group.open = open
  }

  isOpen(step: number): boolean {
    return !this.#closed.has(step)
  }

  row(index: number): LogRow | null {
    let at = index
    for (const group of this.#groups) {
      if (at === 0) return { kind: 'step', step: group.step, count: group.lines.length, open: group.open }
      const size = 1 + (group.open ? group.lines.length : 0)
      const line = group.lines[at - 1]
      if (at < size && line) return { kind: 'line', line }
      at -= size
    }
    return null
  }

  /** Row of a line by its number, opening its step; null when it is not here. */
  revealLine(n: number): number | null {
    const group = this.#groups.find(
      ({ lines }) => (lines[0]?.n ?? Infinity) <= n && (lines.at(-1)?.n ?? 0) >= n,
    )
    if (!group) return null
    this.setOpen(group.step, true)
    const index = group.lines.findIndex((line) => line.n === n)
    return index < 0 ? null : this.#startOf(group) + 1 + index
  }

  /** Row of a step's last line, where a failure usually stands; null when it wrote nothing. */
  endOfStep(step: number): number | null {
    const group = this.#groups.findLast((candidate) => candidate.step === step)
    if (!group) return null
    return this.#startOf(group) + (group.open ? group.lines.length : 0)
  }

  startOfStep(step: number): number | null {
    const group = this.#groups.find((candidate) => candidate.step === step)
    return group ? this.#startOf(group) : null
  }

  /** Numbers of the lines that hold the text, at most `limit`. */
  find(text: string, limit = 1000): number[] {
    const wanted = text.toLowerCase()
    const found: number[] = []
    if (!wanted) return found
    for (const group of this.#groups) {
      for (const line of group.lines) {
        if (!line.text.toLowerCase().includes(wanted)) continue
        found.push(line.n)
        if (found.length === limit) return found
      }
    }
    return found
  }

  #groupFor(step: number): Group {
    const last = this.#groups.at(-1)
    if (last?.step === step) return last
    const group = { step, open: !this.#closed.has(step), lines: [] }
    this.#groups.push(group)
    return group
  }

  #startOf(group: Group): number {
    let start = 0
    for (const before of this.#groups) {
      if (before === group) return start
      start += 1 + (before.open ? before.lines.length : 0)
    }
    return start
  }
}
