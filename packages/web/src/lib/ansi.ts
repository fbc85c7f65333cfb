import { colourOf256, paint, type Rgb } from './ansi-colour.ts'

/**
 * A stretch of text in one style. `className` holds names like `ansi-red`, `ansi-bold`, empty when plain;
 * `style` the colours that have no name.
 */
export interface AnsiSpan {
  text: string
  className: string
  style?: { color?: string; backgroundColor?: string }
}

const colours = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']
const sequence = /\u001b(?:\[([0-9;:?]*)([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-_])/g
/** What a terminal would not print. */
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f]/g
/** A line that changes its style more often is shown plain from there: each stretch is an element. */
const maxSpans = 400

/** A colour by its name (an index of the sixteen) or in figures. */
type Colour = { index: number } | { rgb: Rgb } | null

interface Style {
  foreground: Colour
  background: Colour
  inverse: boolean
  flags: Set<string>
}

/** One log line as spans. SGR colours and weights are kept; every other control sequence is dropped. */
export function ansiSpans(line: string): AnsiSpan[] {
  const text = afterLastReturn(line)
  if (!text.includes('\u001b')) return text ? [{ text: text.replace(unprintable, ''), className: '' }] : []
  const spans: AnsiSpan[] = []
  const style: Style = { foreground: null, background: null, inverse: false, flags: new Set() }
  let from = 0
  for (const match of text.matchAll(sequence)) {
    push(spans, text.slice(from, match.index), style)
    if (match[2] === 'm') applySgr(style, match[1] ?? '')
    from = match.index + match[0].length
  }
  push(spans, text.slice(from), style)
  return spans
}

/** A log line as a person reads it: no control sequence, no progress that was written over. */
export function plainText(line: string): string {
  if (!/[\u0000-\u0008\u000b-\u001f\u007f]/.test(line)) return line
  return afterLastReturn(line).replace(sequence, '').replace(unprintable, '')
}

/** A carriage return rewrites the line: what a terminal shows is what came after the last one. */
function afterLastReturn(line: string): string {
  if (!line.includes('\r')) return line
  const trimmed = line.replace(/\r+$/, '')
  return trimmed.slice(trimmed.lastIndexOf('\r') + 1)
}

function push(spans: AnsiSpan[], raw: string, style: Style): void {
  const text = raw.replace(unprintable, '')
  if (!text) return
  const look = spans.length < maxSpans ? lookOf(style) : { className: '' }
  const last = spans.at(-1)
  if (last && last.className === look.className && last.style === look.style) last.text += text
  else spans.push({ text, ...look })
}

function lookOf(style: Style): Omit<AnsiSpan, 'text'> {
  const [front, back] = style.inverse
    ? [style.background, style.foreground]
    : [style.foreground, style.background]
  const figures = (front && 'rgb' in front) || (back && 'rgb' in back)
  const names = figures
    ? []
    : [
        front && 'index' in front ? `ansi-${colours[front.index % 8]}` : '',
        back && 'index' in back ? `ansi-bg-${colours[back.index % 8]}` : '',
        style.inverse && !front && !back ? 'ansi-inverse' : '',
      ]
  const className = [...names, ...style.flags].filter(Boolean).join(' ')
  return figures ? { className, style: paint(rgbOf(front), rgbOf(back)) } : { className }
}

function rgbOf(colour: Colour): Rgb | null {
  if (!colour) return null
  return 'rgb' in colour ? colour.rgb : colourOf256(colour.index)
}

const flagCodes: Record<number, string> = {
  1: 'ansi-bold',
  2: 'ansi-dim',
  3: 'ansi-italic',
  4: 'ansi-underline',
  9: 'ansi-strike',
}
const flagEnds: Record<number, string[]> = {
  22: ['ansi-bold', 'ansi-dim'],
  23: ['ansi-italic'],
  24: ['ansi-underline'],
  29: ['ansi-strike'],
}

function applySgr(style: Style, parameters: string): void {
  const codes = parameters.split(/[;:]/).map((part) => Number(part || 0))
  for (let i = 0; i < codes.length; i += 1) {
    const code = codes[i] ?? 0
    if (code === 38 || code === 48) {
      const { colour, used } = extended(codes.slice(i + 1))
      if (code === 38) style.foreground = colour
      else style.background = colour
      i += used
    } else applyCode(style, code)
  }
}

function applyCode(style: Style, code: number): void {
  if (code === 0) {
    style.foreground = null
    style.background = null
    style.inverse = false
    style.flags.clear()
  } else if (flagCodes[code]) style.flags.add(flagCodes[code])
  else if (flagEnds[code]) for (const flag of flagEnds[code]) style.flags.delete(flag)
  else if (code === 7 || code === 27) style.inverse = code === 7
  else if (code >= 30 && code <= 37) style.foreground = { index: code - 30 }
  else if (code >= 90 && code <= 97) style.foreground = { index: code - 82 }
  else if (code === 39) style.foreground = null
  else if (code >= 40 && code <= 47) style.background = { index: code - 40 }
  else if (code >= 100 && code <= 107) style.background = { index: code - 92 }
  else if (code === 49) style.background = null
}

/** `5;n` is one of 256, `2;r;g;b` a true colour; the first sixteen keep their names. */
function extended(rest: number[]): { colour: Colour; used: number } {
  if (rest[0] === 5) {
    const index = Math.min(255, rest[1] ?? 7)
    return { colour: index < 16 ? { index } : { rgb: colourOf256(index) }, used: 2 }
  }
  const part = (at: number) => Math.min(255, rest[at] ?? 0)
  if (rest[0] === 2) return { colour: { rgb: [part(1), part(2), part(3)] }, used: 4 }
  return { colour: null, used: 1 }
}
