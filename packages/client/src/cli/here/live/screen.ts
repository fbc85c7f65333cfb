import type { WriteStream } from 'node:tty'
import { stripVTControlCharacters } from 'node:util'

const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'
/** Terminals that know it show a frame as a whole; others pass over it. */
const together = ['\u001b[?2026h', '\u001b[?2026l'] as const

/** A part of the terminal, at its end, that is drawn again and again. */
export interface Screen {
  readonly columns: number
  readonly rows: number
  draw(lines: readonly string[]): void
  /** Removes what was drawn; the cursor stands where it began. */
  clear(): void
  close(): void
}

/** The terminal of this process. */
export function createScreen(stream: WriteStream): Screen {
  let drawn: string[] = []
  const restore = () => void stream.write(showCursor)
  process.once('exit', restore)
  stream.write(hideCursor)

  /** Up to where the last frame began: since then the terminal may have become narrower, and lines be two. */
  function back(): string {
    const columns = Math.max(1, stream.columns)
    const rows = drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil([...stripVTControlCharacters(line)].length / columns)),
      0,
    )
    return rows > 0 ? `\u001b[${rows}A\r` : '\r'
  }
  return {
    get columns() {
      return stream.columns || 80
    },
    get rows() {
      return stream.rows || 24
    },
    draw(lines) {
      const text = lines.map((line) => `${line}\u001b[0m\u001b[K\n`).join('')
      stream.write(`${together[0]}${back()}${text}\u001b[J${together[1]}`)
      drawn = [...lines]
    },
    clear() {
      stream.write(`${back()}\u001b[J`)
      drawn = []
    },
    close() {
      process.off('exit', restore)
      restore()
    },
  }
}

/** Whether a tree that is drawn again and again is wanted: on a terminal, by somebody who sees colours, and not in CI. */
export function wantsTree(env: NodeJS.ProcessEnv, stream: { isTTY?: boolean }): boolean {
  return stream.isTTY === true && env['TERM'] !== 'dumb' && !env['NO_COLOR'] && !env['CI']
}
