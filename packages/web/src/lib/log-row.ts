import { ansiSpans } from './ansi.ts'
import { clockTime } from './format.ts'
import type { LogEntry, LogFold } from './log-model.ts'

/** How times stand beside the lines: not at all, the clock's, or since the first line. */
export type LogTimes = 'off' | 'clock' | 'since'

export interface StepHead {
  name: string
  lamp: string
  word: string
  duration: string
}

const address = /https?:\/\/[^\s<>"'`\u0000-\u001f]{1,2000}/g

/** Stretches of a text that are addresses of the web, and those between. Nothing but http and https is one. */
export function linkParts(text: string): { text: string; href: string | null }[] {
  if (!text.includes('://')) return [{ text, href: null }]
  const parts: { text: string; href: string | null }[] = []
  let from = 0
  for (const match of text.matchAll(address)) {
    const found = match[0].replace(/[.,;:!?)\]}*]+$/, '')
    const href = URL.canParse(found) ? new URL(found).href : null
    if (!href) continue
    if (match.index > from) parts.push({ text: text.slice(from, match.index), href: null })
    parts.push({ text: found, href })
    from = match.index + found.length
  }
  if (from < text.length) parts.push({ text: text.slice(from), href: null })
  return parts
}

/** Time since the first line: `+0.004 s`, `+75.120 s`. */
export function sinceText(ms: number): string {
  return `+${(Math.max(0, ms) / 1000).toFixed(3)} s`
}

/** One line as an element; its text is text, whatever it holds. */
export function drawLine(entry: LogEntry, times: LogTimes, startedAt: number): HTMLElement {
  const { line, level } = entry
  const element = document.createElement('div')
  element.className = `log-line is-${line.stream}${level ? ` is-${level}` : ''}${entry.inGroup ? ' in-group' : ''}`
  element.dataset['n'] = String(line.n)
  element.append(numberLink(line.n))
  if (times !== 'off') {
    const time = document.createElement('span')
    time.className = 'log-time'
    time.textContent = times === 'clock' ? clockTime(line.at) : sinceText(line.at - startedAt)
    element.append(time)
  }
  const text = document.createElement('span')
  text.className = 'log-text'
  if (level === 'error' || level === 'warning') {
    const word = document.createElement('span')
    word.className = 'hidden-visually'
    word.textContent = `${level}: `
    element.append(word)
  }
  for (const span of ansiSpans(entry.text)) {
    for (const part of linkParts(span.text)) {
      if (!span.className && !span.style && part.href === null) text.append(part.text)
      else text.append(styled(part, span))
    }
  }
  element.append(text)
  return element
}

function styled(
  part: { text: string; href: string | null },
  span: { className: string; style?: { color?: string; backgroundColor?: string } },
): HTMLElement {
  const element = document.createElement(part.href === null ? 'span' : 'a')
  element.className = span.className
  element.textContent = part.text
  if (span.style?.color) element.style.color = span.style.color
  if (span.style?.backgroundColor) element.style.backgroundColor = span.style.backgroundColor
  if (element instanceof HTMLAnchorElement && part.href !== null) {
    element.href = part.href
    element.target = '_blank'
    element.rel = 'noopener noreferrer nofollow'
    element.classList.add('log-link')
  }
  return element
}

function numberLink(n: number): HTMLElement {
  const number = document.createElement('a')
  number.className = 'log-number'
  number.href = `#L${n}`
  number.dataset['line'] = String(n)
  number.textContent = String(n)
  number.setAttribute('aria-label', `Line ${n}`)
  // Sixty tab stops would be in the way: j, k and the find box reach every line.
  number.tabIndex = -1
  return number
}

/** Draws or renews the head of a step or group; nothing is touched when nothing changed. */
export function fillHead(element: HTMLElement, fold: LogFold, id: number, head?: StepHead): void {
  const name =
    fold.kind === 'group'
      ? fold.title
      : (head?.name ?? (fold.step === 0 ? 'Set up job' : `Step ${fold.step}`))
  const group = fold.kind === 'group'
  element.className = group ? 'log-step log-group' : `log-step lamp-text-${head?.lamp ?? 'off'}`
  element.dataset['fold'] = String(id)
  if (group) element.dataset['n'] = String(fold.n)
  else element.dataset['step'] = String(fold.step)
  element.setAttribute('aria-expanded', String(fold.open))
  const errors = fold.errors > 0 ? `${fold.errors} ${fold.errors === 1 ? 'error' : 'errors'}` : ''
  const lines = `${fold.count} ${fold.count === 1 ? 'line' : 'lines'}`
  const detail = [group ? '' : head?.word, group ? '' : head?.duration, lines, errors].filter(Boolean)
  const key = `${fold.open} ${name} ${detail.join()}`
  if (element.dataset['key'] === key) return
  element.dataset['key'] = key
  const title = document.createElement('span')
  title.className = 'log-step-name'
  title.textContent = `${fold.open ? '▾' : '▸'} ${ansiSpans(name)
    .map((span) => span.text)
    .join('')}`
  const rest = document.createElement('span')
  rest.className = 'log-step-detail'
  rest.textContent = detail.filter((part) => part !== errors).join(' · ')
  // A step may end well and still have lines that look like errors: only their count is red.
  const wrong = document.createElement('span')
  wrong.className = 'log-step-detail has-errors'
  wrong.textContent = errors
  element.replaceChildren(title, rest, ...(errors ? [wrong] : []))
}
