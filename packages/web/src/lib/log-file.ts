import { plainText } from './ansi.ts'
import type { LineRange } from './log-canvas.ts'
import type { LogModel } from './log-model.ts'

/** The lines of a range as text without control sequences. */
export function linesAsText(model: LogModel, range: LineRange): string {
  return [...model.lines(range.from, range.to)].map((line) => plainText(line.text)).join('\n')
}

/** What is selected in the log, in the order of its lines, without their numbers and times; null: nothing of it. */
export function selectedText(scroller: HTMLElement, selection: Selection | null): string | null {
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null
  const range = selection.getRangeAt(0)
  if (!scroller.contains(range.commonAncestorContainer)) return null
  const texts = [...scroller.querySelectorAll('.log-text, .log-step-name')].filter((text) =>
    range.intersectsNode(text),
  )
  const parts = texts.map((text) => {
    const own = document.createRange()
    own.selectNodeContents(text)
    if (range.compareBoundaryPoints(Range.START_TO_START, own) > 0)
      own.setStart(range.startContainer, range.startOffset)
    if (range.compareBoundaryPoints(Range.END_TO_END, own) < 0)
      own.setEnd(range.endContainer, range.endOffset)
    return own.toString()
  })
  return parts.length > 0 ? parts.join('\n') : null
}

/** Hands the whole log to the browser as a file, as it was written. */
export function downloadLog(model: LogModel, name: string): void {
  const parts: string[] = []
  for (const line of model.lines()) parts.push(line.text, '\n')
  const url = URL.createObjectURL(new Blob(parts, { type: 'text/plain;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
