import { LogHighlights } from './log-highlights.ts'
import { LogLayout } from './log-layout.ts'
import type { LogQuery } from './log-match.ts'
import type { LogModel } from './log-model.ts'
import { drawLine, fillHead, type LogTimes, type StepHead } from './log-row.ts'
import { type Scale, scaleOf } from './log-scale.ts'

/** Height of a row in CSS pixels; styles/log.css draws the same. */
export const rowHeight = 20
const overscan = 20

/** Lines from one number to another, both included. */
export interface LineRange {
  from: number
  to: number
}

interface LogCanvasOptions {
  scroller: HTMLElement
  model: LogModel
  /** The number of a line was clicked; `extend`: with shift, so up to it. */
  onLine(n: number, extend: boolean): void
  onFollow(following: boolean): void
}

/**
 * Draws the rows of a LogModel that are in view, each once and in their order: new lines are appended below
 * those that stand there. React is not asked, so a line is visible one frame after it came.
 */
export class LogCanvas {
  readonly #options: LogCanvasOptions
  readonly #sheet = document.createElement('div')
  readonly #rows = new Map<number, HTMLElement>()
  readonly #layout: LogLayout
  readonly #highlights = new LogHighlights()
  readonly #resized = new ResizeObserver(() => this.#fitColumns())
  #steps = new Map<number, StepHead>()
  #marked: LineRange | null = null
  #cursor: number | null = null
  #following = true
  #wrap = false
  #times: LogTimes = 'off'
  #version = 0
  #frame = 0
  #scale: Scale = scaleOf(0, 0)

  constructor(options: LogCanvasOptions) {
    this.#options = options
    this.#layout = new LogLayout(options.model)
    this.#resized.observe(options.scroller)
    this.#sheet.className = 'log-sheet'
    options.scroller.append(this.#sheet)
    options.scroller.addEventListener('scroll', this.#onScroll, { passive: true })
    this.#sheet.addEventListener('click', this.#onClick)
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame)
    this.#resized.disconnect()
    this.#highlights.clear()
    this.#options.scroller.removeEventListener('scroll', this.#onScroll)
    this.#sheet.remove()
  }

  get following(): boolean {
    return this.#following
  }

  /** Row of the cursor, or the first one in view. */
  get cursor(): number {
    return this.#cursor ?? this.#firstInView()
  }

  /** Names and states of the steps, for their header rows. */
  setSteps(steps: Map<number, StepHead>): void {
    this.#steps = steps
    this.#renewHeads()
  }

  setTimes(times: LogTimes): void {
    if (times === this.#times) return
    this.#times = times
    this.#keepPlace(() => this.redraw())
  }

  /** What is sought is coloured where it is in view. */
  setQuery(query: LogQuery | null): void {
    this.#highlights.setQuery(query)
    this.#highlights.draw(this.#rows.values())
  }

  /** Lines were added at the end. */
  grown(): void {
    if (this.#version !== this.#options.model.version) {
      this.redraw()
      return
    }
    this.#layout.grown()
    this.#draw()
    if (this.#following) this.#toEnd()
    this.#renewHeads()
  }

  /** Rows moved (something was folded, the log began anew): draw all in view again. */
  redraw(): void {
    for (const element of this.#rows.values()) element.remove()
    this.#rows.clear()
    this.#version = this.#options.model.version
    this.#layout.reset()
    this.#draw()
  }

  /** Breaks long lines at the width of the view, or lets them run on; what is at its top stays there. */
  setWrap(wrap: boolean): void {
    this.#wrap = wrap
    this.#fitColumns()
  }

  follow(): void {
    this.#setFollowing(true)
    this.#toEnd()
  }

  /** Marks lines and shows the first of them near the middle; stops following. */
  showLine(n: number, marked: LineRange): void {
    const row = this.#options.model.revealLine(n)
    if (row === null) return
    this.#marked = marked
    this.#cursor = row
    this.#scrollTo(row, 'middle')
  }

  showRowAtStart(index: number): void {
    this.#scrollTo(index, 'start')
  }

  showRowAtEnd(index: number): void {
    this.#scrollTo(index, 'end')
  }

  /** Moves the cursor by rows, to the first or to the last one, and keeps it in view. */
  moveCursor(to: number | 'first' | 'last'): void {
    const last = this.#options.model.rowCount - 1
    if (last < 0) return
    const from = this.#cursor ?? this.#firstInView()
    const row = to === 'first' ? 0 : to === 'last' ? last : Math.min(last, Math.max(0, from + to))
    this.#cursor = row
    if (to === 'last') {
      this.follow()
      this.#paintMarks()
      return
    }
    const { scroller } = this.#options
    const top = this.#scale.toContent(scroller.scrollTop)
    const start = this.#layout.startOf(row) * rowHeight
    if (start < top + rowHeight) this.#scrollTo(row, 'start')
    else if (start > top + scroller.clientHeight - 2 * rowHeight) this.#scrollTo(row, 'end')
    else this.#paintMarks()
  }

  /** Number of the line at the cursor; null on the head of a step. */
  lineAtCursor(): number | null {
    const row = this.#options.model.row(this.cursor)
    return row?.kind === 'line' ? row.line.n : row && row.fold.n > 0 ? row.fold.n : null
  }

  /** Folds or opens what the cursor stands in; the cursor goes to its head. */
  toggleAtCursor(): void {
    const id = this.#options.model.foldAt(this.cursor)
    if (id !== null) this.#toggle(id)
  }

  mark(range: LineRange | null): void {
    this.#marked = range
    this.#paintMarks()
  }

  #toggle(id: number): void {
    const { model, scroller } = this.#options
    model.toggle(id)
    const row = model.rowOfFold(id)
    this.#cursor = row
    this.redraw()
    const start = this.#layout.startOf(row) * rowHeight
    // The head that was folded stays in view, also when it was far above.
    if (start < this.#scale.toContent(scroller.scrollTop)) this.#scrollTo(row, 'start')
  }

  #scrollTo(row: number, place: 'start' | 'middle' | 'end'): void {
    this.#setFollowing(false)
    const { scroller } = this.#options
    this.redraw()
    const view = scroller.clientHeight
    const start = this.#layout.startOf(row) * rowHeight
    const end = (this.#layout.startOf(row + 1) + 1) * rowHeight
    const top = place === 'start' ? start : place === 'middle' ? start - view / 2 : end - view
    scroller.scrollTop = this.#scale.toScroll(Math.max(0, top))
    this.#draw()
    this.#paintMarks()
  }

  #toEnd(): void {
    const { scroller } = this.#options
    scroller.scrollTop = scroller.scrollHeight
    this.#draw()
  }

  #firstInView(): number {
    const top = this.#scale.toContent(this.#options.scroller.scrollTop)
    return this.#layout.rowAt(Math.ceil(top / rowHeight))
  }

  #onScroll = (): void => {
    const { scroller } = this.#options
    this.#setFollowing(scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - rowHeight * 1.5)
    cancelAnimationFrame(this.#frame)
    this.#frame = requestAnimationFrame(() => this.#draw())
  }

  #setFollowing(following: boolean): void {
    if (this.#following === following) return
    this.#following = following
    this.#options.onFollow(following)
  }

  #onClick = (event: MouseEvent): void => {
    const target = event.target instanceof Element ? event.target : null
    const number = target?.closest('a[data-line]')
    if (number) {
      event.preventDefault()
      this.#options.onLine(Number(number.getAttribute('data-line')), event.shiftKey)
      return
    }
    const head = target?.closest('[data-fold]')
    if (head) this.#toggle(Number(head.getAttribute('data-fold')))
  }

  #renewHeads(): void {
    for (const [index, element] of this.#rows) {
      const row = this.#options.model.row(index)
      if (row?.kind === 'fold') fillHead(element, row.fold, row.id, this.#headOf(row.fold))
    }
    this.#paintMarks()
  }

  #headOf(fold: { kind: string; step: number }): StepHead | undefined {
    return fold.kind === 'step' ? this.#steps.get(fold.step) : undefined
  }

  #paintMarks(): void {
    const marked = this.#marked
    for (const [index, element] of this.#rows) {
      const n = Number(element.dataset['n'] ?? 0)
      element.classList.toggle('is-marked', marked !== null && n > 0 && n >= marked.from && n <= marked.to)
      element.classList.toggle('is-cursor', index === this.#cursor)
    }
  }

  #draw(): void {
    const { scroller, model } = this.#options
    const layout = this.#layout
    this.#scale = scaleOf(layout.height * rowHeight, scroller.clientHeight)
    this.#sheet.style.height = `${this.#scale.sheetPx}px`
    const top = this.#scale.toContent(scroller.scrollTop)
    const first = Math.max(0, layout.rowAt(top / rowHeight) - overscan)
    const bottom = layout.rowAt((top + scroller.clientHeight) / rowHeight)
    const last = Math.min(model.rowCount - 1, bottom + overscan)
    for (const [index, element] of this.#rows) {
      if (index >= first && index <= last) continue
      element.remove()
      this.#rows.delete(index)
    }
    this.#drawRows(first, last)
    // On a scaled sheet a row's place follows the scroll position.
    const shift = scroller.scrollTop - top
    for (const [index, element] of this.#rows) {
      element.style.top = `${layout.startOf(index) * rowHeight + shift}px`
    }
    this.#highlights.draw(this.#rows.values())
  }

  /** In the order of the log also among the elements: for readers, selections and the tab key. */
  #drawRows(first: number, last: number): void {
    let before: HTMLElement | null = null
    let drawn = false
    for (let index = last; index >= first; index -= 1) {
      let element = this.#rows.get(index)
      if (!element) {
        const made = this.#drawRow(index)
        if (!made) continue
        element = made
        drawn = true
        this.#rows.set(index, element)
        this.#sheet.insertBefore(element, before)
      }
      before = element
    }
    if (drawn) this.#paintMarks()
  }

  #keepPlace(change: () => void): void {
    const { scroller } = this.#options
    const top = this.#layout.rowAt(this.#scale.toContent(scroller.scrollTop) / rowHeight)
    change()
    this.#fitColumns()
    if (this.#following) this.#toEnd()
    else {
      scroller.scrollTop = this.#scale.toScroll(this.#layout.startOf(top) * rowHeight)
      this.#draw()
    }
  }

  /** Counts how many columns fit beside the line's number; draws anew only when that changed. */
  #fitColumns(): void {
    const { scroller } = this.#options
    const top = this.#layout.rowAt(this.#scale.toContent(scroller.scrollTop) / rowHeight)
    scroller.classList.toggle('is-wrapped', this.#wrap)
    const columns = this.#wrap ? fittingColumns(scroller, this.#sheet, this.#times) : null
    if (!this.#layout.setColumns(columns)) {
      this.#draw()
      return
    }
    this.redraw()
    if (this.#following) this.#toEnd()
    else {
      scroller.scrollTop = this.#scale.toScroll(this.#layout.startOf(top) * rowHeight)
      this.#draw()
    }
  }

  #drawRow(index: number): HTMLElement | null {
    const { model } = this.#options
    const row = model.row(index)
    if (!row) return null
    if (row.kind === 'line') return drawLine(row, this.#times, model.startedAt)
    const element = document.createElement('button')
    element.type = 'button'
    // The log is one stop of the tab key; j, k and f work in it.
    element.tabIndex = -1
    fillHead(element, row.fold, row.id, this.#headOf(row.fold))
    return element
  }
}

/** Measured on a line of its own, so that face, number column and padding are those of the style sheet. */
function fittingColumns(scroller: HTMLElement, sheet: HTMLElement, times: LogTimes): number {
  const line = { n: 1, step: 0, at: 0, stream: 'stdout' as const, text: '' }
  const probe = drawLine({ line, level: null, text: '', inGroup: false }, times, 0)
  const text = document.createElement('span')
  text.textContent = '0'.repeat(100)
  text.style.whiteSpace = 'pre'
  probe.style.visibility = 'hidden'
  probe.append(text)
  sheet.append(probe)
  const style = getComputedStyle(probe)
  const columnWidth = text.getBoundingClientRect().width / 100
  const inner =
    scroller.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight)
  probe.remove()
  return Math.max(20, Math.floor(inner / columnWidth))
}
