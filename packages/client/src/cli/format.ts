import { stripVTControlCharacters } from 'node:util'

const units: [name: string, seconds: number][] = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
]

/** `3 min ago`, `just now`, `in 2 s`; `-` for none. */
export function ago(iso: string | null, nowMs: number): string {
  if (iso === null) return '-'
  const seconds = Math.round((nowMs - Date.parse(iso)) / 1000)
  const distance = Math.abs(seconds)
  if (distance < 2) return 'just now'
  const [name, size] = units.find(([, unit]) => distance >= unit) ?? ['s', 1]
  const text = `${Math.floor(distance / size)} ${name}`
  return seconds > 0 ? `${text} ago` : `in ${text}`
}

/** `850 ms`, `12.3 s`, `4 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** How long something took, or has taken so far; empty when it has not started. */
export function spent(startedAt: string | null, completedAt: string | null, nowMs: number): string {
  if (startedAt === null) return ''
  return duration(Math.max(0, (completedAt ? Date.parse(completedAt) : nowMs) - Date.parse(startedAt)))
}

/** The beginning of a commit's name. */
export function shortCommit(commit: string | null): string {
  return commit === null ? '-' : commit.slice(0, 10)
}

/** Cut to a width, with an ellipsis. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`
}

/** Columns as wide as their widest cell; painted cells are measured without their colours. */
export function table(rows: string[][]): string {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))
    })
  }
  return rows
    .map((row) =>
      row.map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - widthOf(cell))).join('  '),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}

function widthOf(cell: string): number {
  return [...stripVTControlCharacters(cell)].length
}

/** Every line moved to the right. */
export function indent(text: string, by = '  '): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (line ? by + line : by.trimEnd()))
    .join('\n')
}
