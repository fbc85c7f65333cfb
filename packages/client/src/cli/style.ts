import { stripVTControlCharacters } from 'node:util'

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const

/** Paints text for a terminal, or leaves it as it is. */
export type Style = Record<keyof typeof codes, (text: string) => string>

/** Colours when `on`, else none. */
export function createStyle(on: boolean): Style {
  const paint = (code: number) => (text: string) => (on && text ? `\u001b[${code}m${text}\u001b[0m` : text)
  const { bold, dim, red, green, yellow, blue, cyan } = codes
  return {
    bold: paint(bold),
    dim: paint(dim),
    red: paint(red),
    green: paint(green),
    yellow: paint(yellow),
    blue: paint(blue),
    cyan: paint(cyan),
  }
}

/** Colours only on a terminal, never with NO_COLOR (no-color.org) or TERM=dumb; FORCE_COLOR overrides a pipe. */
export function wantsColor(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (env['NO_COLOR']) return false
  if (env['FORCE_COLOR'] && env['FORCE_COLOR'] !== '0') return true
  return isTerminal && env['TERM'] !== 'dumb'
}

const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
/** Marks that turn the direction of text: they make a line read other than it is. */
const turners = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Text of a repository, an agent or a person as it may be shown: it cannot steer the terminal. */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\r\n?/g, '\n')
    .replace(controls, '\ufffd')
    .replace(turners, '\ufffd')
}

/** The same on one line. */
export function plainLine(text: string): string {
  return plain(text)
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll('\t', ' ')
    .trim()
}

const sgr = /(\u001b\[[0-9;:]{0,40}m)/

/** A line of a log: its own colours stay when colours are on, nothing else of the terminal's language does. */
export function logText(text: string, colors: boolean): string {
  if (!colors) return plain(text)
  const parts = text.split(sgr)
  const shown = parts.map((part, index) => (index % 2 === 1 ? part : plain(part))).join('')
  return parts.length > 1 ? `${shown}\u001b[0m` : shown
}
