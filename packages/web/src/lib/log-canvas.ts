import type { LogLineView } from '@signalbox/core/contract/views/runs.ts'
import { ansiSpans } from './ansi.ts'
import { clockTime } from './format.ts'
import { LogLayout } from './log-layout.ts'
import type { LogModel } from './log-model.ts'

/** Height of a row in CSS pixels; styles/log.css draws the same. */
export const rowHeight = 20
const overscan = 20

export interface StepHead {
  name: string
  lamp: string
  word: string
  duration: string
}

interface LogCanvasOptions {
  scroller: HTMLElement
  model: LogModel
  onLine(n: number): void
  onFollow(following: boolean): void
}

/**
 * Draws the rows of a LogModel that are in view, each once: new lines are appended below those that stand
 * there, nothing is drawn again. React is not asked, so a line is visible one frame after it came.
 */
export class LogCanvas {
  readonly #options: LogCanvasOptions
  readonly #sheet = document.createElement('div')
  readonly #rows = new Map<number, HTMLElement>()
  readonly #layout: LogLayout
  readonly #resized = new ResizeObserver(() => this.#fitColumns())
  #steps = new Map<number, StepHead>()
  #marked: number | null = null
  #following = true
  #wrap = false
  #frame = 0

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
    this.#options.scroller.removeEventListener('scroll', this.#onScroll)
    this.#sheet.remove()
  }

  get following(): boolean {
    return this.#following
  }

  /** Names and states of the steps, for their header rows. */
  setSteps(steps: Map<number, StepHead>): void {
    this.#steps = steps
    for (const [index, element] of this.#rows) {
      const row = this.#options.model.row(index)
      if (row?.kind === 'step') fillHead(element, row, this.#steps.get(row.step))
    }
  }

  /** Lines were added at the end. */
  grown(): void {
    this.#layout.grown()
    this.#draw()
    if (this.#following) this.#toEnd()
    for (const [index, element] of this.#rows) {
      const row = this.#options.model.row(index)
      if (row?.kind === 'step') fillHead(element, row, this.#steps.get(row.step))
    }
  }

  /** Rows moved (a step was folded, the log began anew): draw all in view again. */
  redraw(): void {
    for (const element of this.#rows.values()) element.remove()
    this.#rows.clear()
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

  /** Shows a row near the middle and stops following. */
  showRow(index: number, mark: number | null = null): void {
    this.#setFollowing(false)
    this.#marked = mark
    const { scroller } = this.#options
    this.redraw()
    scroller.scrollTop = Math.max(0, this.#layout.startOf(index) * rowHeight - scroller.clientHeight / 2)
    this.#draw()
  }

  /** Shows a row as the first one in view. */
  showRowAtStart(index: number): void {
    this.#setFollowing(false)
    this.redraw()
    this.#options.scroller.scrollTop = this.#layout.startOf(index) * rowHeight
    this.#draw()
  }

  /** Shows a row as the last one in view. */
  showRowAtEnd(index: number): void {
    this.#setFollowing(false)
    const { scroller } = this.#options
    this.redraw()
    scroller.scrollTop = Math.max(
      0,
      (this.#layout.startOf(index + 1) + 1) * rowHeight - scroller.clientHeight,
    )
    this.#draw()
  }

  #toEnd(): void {
    const { scroller } = this.#options
    scroller.scrollTop = scroller.scrollHeight
    this.#draw()
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
      this.mark(Number(number.getAttribute('data-line')))
      this.#options.onLine(this.#marked ?? 0)
      return
    }
    const head = target?.closest('[data-step]')
    if (!head) return
    const step = Number(head.getAttribute('data-step'))
    this.#options.model.setOpen(step, !this.#options.model.isOpen(step))
    this.redraw()
  }

  mark(n: number | null): void {
    this.#marked = n
    for (const element of this.#rows.values()) {
      element.classList.toggle('is-marked', n !== null && element.dataset['n'] === String(n))
    }
  }

  #draw(): void {
    const { scroller, model } = this.#options
    const layout = this.#layout
    this.#sheet.style.height = `${layout.height * rowHeight}px`
    const first = Math.max(0, layout.rowAt(scroller.scrollTop / rowHeight) - overscan)
    const bottom = layout.rowAt((scroller.scrollTop + scroller.clientHeight) / rowHeight)
    const last = Math.min(model.rowCount - 1, bottom + overscan)
    for (const [index, element] of this.#rows) {
      if (index >= first && index <= last) continue
      element.remove()
      this.#rows.delete(index)
    }
    for (let index = first; index <= last; index += 1) {
      if (this.#rows.has(index)) continue
      const element = this.#drawRow(index)
      if (!element) continue
      element.style.top = `${layout.startOf(index) * rowHeight}px`
      this.#rows.set(index, element)
      this.#sheet.append(element)
    }
  }

  /** Counts how many columns fit beside the line's number; draws anew only when that changed. */
  #fitColumns(): void {
    const { scroller } = this.#options
    const top = this.#layout.rowAt(scroller.scrollTop / rowHeight)
    scroller.classList.toggle('is-wrapped', this.#wrap)
    if (!this.#layout.setColumns(this.#wrap ? fittingColumns(scroller, this.#sheet) : null)) return
    this.redraw()
    if (this.#following) this.#toEnd()
    else {
      scroller.scrollTop = this.#layout.startOf(top) * rowHeight
      this.#draw()
    }
  }

  #drawRow(index: number): HTMLElement | null {
    const row = this.#options.model.row(index)
    if (!row) return null
    if (row.kind === 'line') return drawLine(row.line, row.line.n === this.#marked)
    const element = document.createElement('button')
    element.type = 'button'
    fillHead(element, row, this.#steps.get(row.step))
    return element
  }
}

/** Measured on a line of its own, so that face, number column and padding are those of the style sheet. */
function fittingColumns(scroller: HTMLElement, sheet: HTMLElement): number {
  const probe = drawLine({ n: 1, step: 0, at: 0, stream: 'stdout', text: '' }, false)
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

function drawLine(line: LogLineView, marked: boolean): HTMLElement {
  const element = document.createElement('div')
  element.className = `log-line is-${line.stream}${marked ? ' is-marked' : ''}`
  element.dataset['n'] = String(line.n)
  const number = document.createElement('a')
  number.className = 'log-number'
  number.href = `#L${line.n}`
  number.dataset['line'] = String(line.n)
  number.textContent = String(line.n)
  // Sixty tab stops would be in the way: the find box goes to a line by ":12".
  number.tabIndex = -1
  const time = document.createElement('span')
  time.className = 'log-time'
  time.textContent = clockTime(line.at)
  element.append(number, time)
  for (const { text, className } of ansiSpans(line.text)) {
    if (!className) element.append(text)
    else {
      const span = document.createElement('span')
      span.className = className
      span.textContent = text
      element.append(span)
    }
  }
  return element
}

function fillHead(
  element: HTMLElement,
  row: { step: number; count: number; open: boolean },
  head?: StepHead,
): void {
  const name = head?.name ?? (row.step === 0 ? 'Set up job' : `Step ${row.step}`)
  element.className = `log-step lamp-text-${head?.lamp ?? 'off'}`
  element.dataset['step'] = String(row.step)
  element.setAttribute('aria-expanded', String(row.open))
  const detail = [head?.word, head?.duration, `${row.count} ${row.count === 1 ? 'line' : 'lines'}`]
  const key = `${row.open} ${name} ${detail.join()}`
  if (element.dataset['key'] === key) return
  element.dataset['key'] = key
  const title = document.createElement('span')
  title.className = 'log-step-name'
  title.textContent = `${row.open ? '▾' : '▸'} ${name}`
  const rest = document.createElement('span')
  rest.className = 'log-step-detail'
  rest.textContent = detail.filter(Boolean).join(' · ')
  element.replaceChildren(title, rest)
}
