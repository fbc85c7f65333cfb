import { plainText } from './ansi.ts'
import type { LogModel } from './log-model.ts'

const tabColumns = 8

/** How many columns of a monospace face a text takes; wide characters take two, a tab goes to the next stop. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (code === 9) columns += tabColumns - (columns % tabColumns)
    else if (code < 0x300) columns += 1
    else if (code < 0x370 || code === 0x200d || (code >= 0xfe00 && code <= 0xfe0f)) continue
    else columns += isWide(code) ? 2 : 1
  }
  return columns
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff)
  )
}

/**
 * Where each row of a LogModel stands, in units of one row's height. Without wrapping row 7 stands at 7; with
 * it a line takes as many units as its text needs at `columns` to a row, computed once when it arrives.
 */
export class LogLayout {
  readonly #model: LogModel
  /** Start of each row, and at its end the height of all; empty without wrapping. */
  #starts: number[] = []
  #columns: number | null = null

  constructor(model: LogModel) {
    this.#model = model
  }

  get wraps(): boolean {
    return this.#columns !== null
  }

  /** Columns to a row, or null to let lines run on. True when that changed anything. */
  setColumns(columns: number | null): boolean {
    if (columns === this.#columns) return false
    this.#columns = columns
    this.reset()
    return true
  }

  /** Rows moved: measure all of them again. */
  reset(): void {
    this.#starts = this.#columns === null ? [] : [0]
    this.grown()
  }

  /** Rows were added at the end. */
  grown(): void {
    if (this.#columns === null) return
    const count = this.#model.rowCount
    for (let index = this.#starts.length - 1; index < count; index += 1) {
      this.#starts.push((this.#starts[index] ?? 0) + this.#unitsOf(index))
    }
  }

  get height(): number {
    return this.#columns === null ? this.#model.rowCount : (this.#starts.at(-1) ?? 0)
  }

  startOf(index: number): number {
    return this.#columns === null ? index : (this.#starts[index] ?? this.height)
  }

  /** The row that stands at a height, clamped to those there are. */
  rowAt(units: number): number {
    const last = Math.max(0, this.#model.rowCount - 1)
    if (this.#columns === null) return Math.min(last, Math.max(0, Math.floor(units)))
    let low = 0
    let high = last
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#starts[middle] ?? 0) <= units) low = middle
      else high = middle - 1
    }
    return low
  }

  #unitsOf(index: number): number {
    const row = this.#model.row(index)
    if (row?.kind !== 'line' || this.#columns === null) return 1
    // A character takes two columns at most, so most lines need no look at each.
    if (row.text.length * 2 <= this.#columns) return 1
    return Math.max(1, Math.ceil(columnsOf(plainText(row.text)) / this.#columns))
  }
}
