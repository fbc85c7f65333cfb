import type { LineRange } from './log-canvas.ts'

/** `L12` or `L12-L20` of an address; null of anything else. */
export function readLineRange(hash: string): LineRange | null {
  const match = /^L(\d{1,9})(?:-L?(\d{1,9}))?$/.exec(hash)
  if (!match) return null
  const [one, other] = [Number(match[1]), Number(match[2] ?? match[1])]
  if (one < 1 || other < 1) return null
  return { from: Math.min(one, other), to: Math.max(one, other) }
}

export function lineRangeText({ from, to }: LineRange): string {
  return from === to ? `L${from}` : `L${from}-L${to}`
}

/** The range that ends at `n` when it grows from `range`; a line of its own without one. */
export function extendTo(range: LineRange | null, n: number): LineRange {
  if (!range) return { from: n, to: n }
  return { from: Math.min(range.from, n), to: Math.max(range.from, n) }
}
