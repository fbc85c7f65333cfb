/** A stretch of text in one style. `className` holds names like `ansi-red`, `ansi-bold`; empty when plain. */
export interface AnsiSpan {
  text: string
  className: string
}

const colours = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']
const sequence = /\u001b(?:\[([0-9;:?]*)([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-_])/g
/** What a terminal would not print. */
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f]/g

interface Style {
  foreground: string
  background: string
  flags: Set<string>
}

/** One log line as spans. SGR colours and weights are kept; every other control sequence is dropped. */
export function ansiSpans(line: string): AnsiSpan[] {
  const text = afterLastReturn(line)
  if (!text.includes('\u001b')) return text ? [{ text: text.replace(unprintable, ''), className: '' }] : []
  const spans: AnsiSpan[] = []
  const style: Style = { foreground: '', background: '', flags: new Set() }
  let from = 0
  for (const match of text.matchAll(sequence)) {
    push(spans, text.slice(from, match.index), style)
    if (match[2] === 'm') applySgr(style, match[1] ?? '')
    from = match.index + match[0].length
  }
  push(spans, text.slice(from), style)
  return spans
}

/** A carriage return rewrites the line: what a terminal shows is what came after the last one. */
function afterLastReturn(line: string): string {
  const trimmed = line.replace(/\r+$/, '')
  return trimmed.slice(trimmed.lastIndexOf('\r') + 1)
}

function push(spans: AnsiSpan[], raw: string, style: Style): void {
  const text = raw.replace(unprintable, '')
  if (!text) return
  const className = [style.foreground, style.background, ...style.flags].filter(Boolean).join(' ')
  const last = spans.at(-1)
  if (last && last.className === className) last.text += text
  else spans.push({ text, className })
}

const flagCodes: Record<number, string> = {
  1: 'ansi-bold',
  2: 'ansi-dim',
  3: 'ansi-italic',
  4: 'ansi-underline',
}
const flagEnds: Record<number, string[]> = {
  22: ['ansi-bold', 'ansi-dim'],
  23: ['ansi-italic'],
  24: ['ansi-underline'],
}

function applySgr(style: Style, parameters: string): void {
  const codes = parameters.split(/[;:]/).map((part) => Number(part || 0))
  for (let i = 0; i < codes.length; i += 1) {
    const code = codes[i] ?? 0
    if (code === 38 || code === 48) {
      const { name, used } = extended(codes.slice(i + 1))
      if (code === 38) style.foreground = name ? `ansi-${name}` : ''
      else style.background = name ? `ansi-bg-${name}` : ''
      i += used
    } else applyCode(style, code)
  }
}

function applyCode(style: Style, code: number): void {
  if (code === 0) {
    style.foreground = ''
    style.background = ''
    style.flags.clear()
  } else if (flagCodes[code]) style.flags.add(flagCodes[code])
  else if (flagEnds[code]) for (const flag of flagEnds[code]) style.flags.delete(flag)
  else if (code >= 30 && code <= 37) style.foreground = `ansi-${colours[code - 30]}`
  else if (code >= 90 && code <= 97) style.foreground = `ansi-${colours[code - 90]}`
  else if (code === 39) style.foreground = ''
  else if (code >= 40 && code <= 47) style.background = `ansi-bg-${colours[code - 40]}`
  else if (code === 49) style.background = ''
}

/** 256-colour and true-colour codes fall to the nearest of the eight that the page designs for contrast. */
function extended(rest: number[]): { name: string; used: number } {
  if (rest[0] === 5) return { name: nearestOf256(rest[1] ?? 7), used: 2 }
  if (rest[0] === 2) return { name: nearest(rest[1] ?? 0, rest[2] ?? 0, rest[3] ?? 0), used: 4 }
  return { name: '', used: 1 }
}

function nearestOf256(index: number): string {
  if (index < 16) return colours[index % 8] ?? ''
  if (index >= 232) return index < 244 ? 'black' : 'white'
  const cube = index - 16
  const level = (n: number) => (n % 6) * 51
  return nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6)), level(cube))
}

function nearest(red: number, green: number, blue: number): string {
  const half = Math.max(red, green, blue) / 2
  const bits = (red > half ? 1 : 0) | (green > half ? 2 : 0) | (blue > half ? 4 : 0)
  return Math.max(red, green, blue) < 40 ? 'black' : (colours[bits] ?? '')
}
